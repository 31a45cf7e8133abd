/// The port to the hooks that a service has for us: what is there, and how it is made, changed and taken away.
///
/// Every method throws `PortError` (or `CancellationError`). Nothing is remembered here: which hook is ours, and the
/// secrets that prove its deliveries, are in the store.
package protocol HookKeeper: Sendable {
    /// Which hooks there should be.
    var plan: HookPlan { get }

    /// Every hook that the service has, strangers' included.
    func hooks() async throws -> [HookSighting]

    /// Makes a hook.
    ///
    /// - Throws: `PortError` with `unknownOutcome` when it may have been made: look before another is made, since the
    ///   secret that only the answer had is lost.
    func create(_ wish: HookWish) async throws -> CreatedHook

    /// Puts a hook right that is there; what signs its deliveries stays.
    func change(_ id: String, to wish: HookWish) async throws

    /// Takes a hook away; one that is gone already is as good.
    func delete(_ id: String, of topic: HookTopic) async throws
}

/// Which hooks a service should have for us, as data.
package struct HookPlan: Sendable, Hashable {
    /// One hook for each of these.
    package var topics: [HookTopic]
    /// Whether each hook has an address of its own, which ends in a secret; otherwise all share the account's.
    package var hasPathSecret: Bool

    package init(topics: [HookTopic], hasPathSecret: Bool) {
        self.topics = topics
        self.hasPathSecret = hasPathSecret
    }
}

/// What one hook tells of.
package struct HookTopic: Sendable, Hashable {
    /// The topic's name, which stands in the store.
    package var name: String
    /// The switches of the service that have to be on, such as `events.unsubscribe`; all others have to be off.
    package var switches: Set<String>
    /// Whether it only spares asking: where the service refuses it, everything else is as good.
    package var isDispensable: Bool

    package init(name: String, switches: Set<String>, isDispensable: Bool = false) {
        self.name = name
        self.switches = switches
        self.isDispensable = isDispensable
    }
}

/// A hook as it should be.
package struct HookWish: Sendable, Hashable {
    package var topic: HookTopic
    /// Its whole address; it may end in a secret, so it is neither logged nor shown.
    package var url: String

    package init(topic: HookTopic, url: String) {
        self.topic = topic
        self.url = url
    }
}

/// A hook as the service shows it.
package struct HookSighting: Sendable, Hashable {
    package var id: String
    /// The topic that it tells of; nil for one that is not in the plan.
    package var topic: String?
    package var url: String
    /// The switches that are on, as far as the plan knows them.
    package var switches: Set<String>
    /// Whether its deliveries are signed; nil where the service does not say.
    package var isSigned: Bool?

    package init(id: String, topic: String?, url: String, switches: Set<String>, isSigned: Bool?) {
        self.id = id
        self.topic = topic
        self.url = url
        self.switches = switches
        self.isSigned = isSigned
    }
}

/// What the service answered to the creation of a hook.
package struct CreatedHook: Sendable, Hashable {
    package var id: String
    /// What its deliveries are signed with, which is told only here; nil where the service signs nothing.
    package var signingSecret: String?

    package init(id: String, signingSecret: String?) {
        self.id = id
        self.signingSecret = signingSecret
    }
}
