import Logging
import Reconciliation
import Store

/// Sees to it that a service has exactly the hooks for us that it should have.
///
/// ```swift
/// let registration = HookRegistration(store: store, keeper: keeper, account: name, base: url, clock: clock,
///     makeSecret: PathSecret.random)
/// for result in try await registration.putRight() { print(result.topic, result.act) }
/// ```
///
/// A creation is noted before the call and looked for before it is repeated: what signs the deliveries is told in the
/// answer and never again. A new hook is there before the one that it replaces goes, so nothing is missed in between;
/// what both tell has the same bytes and is one delivery. Two must not work on one account at once.
package struct HookRegistration: Sendable {
    /// What was done about one topic.
    package struct Result: Sendable, Hashable {
        /// What was done.
        package enum Act: String, Sendable, Hashable {
            case kept, created, changed, replaced
            /// The service did not let it be made or put right, and nothing depends on it.
            case refused
        }

        package var topic: String
        package var act: Act
        /// What was wrong before, or why it was refused; nil for nothing.
        package var problem: String?
        /// How many others of it were taken away.
        package var removed: Int
    }

    /// For how long deliveries of a replaced hook are taken: they are repeated for 75 minutes (mailchimp.md §9).
    package static let overlap: Int64 = 2 * 3_600_000
    /// How often a creation whose answer was lost is tried, looking first.
    private static let attempts = 3

    private let store: Store
    private let keeper: any HookKeeper
    private let account: AccountID
    private let base: String?
    private let clock: any WallClock
    private let makeSecret: @Sendable () -> String

    /// Makes the registration of one account.
    ///
    /// - Parameters:
    ///   - store: where the hooks and their secrets are.
    ///   - keeper: the service.
    ///   - account: whose hooks they are.
    ///   - base: the address for deliveries without a secret at the end; nil keeps the addresses that are stored.
    ///   - clock: tells when.
    ///   - makeSecret: a random text that fits a path.
    package init(
        store: Store,
        keeper: any HookKeeper,
        account: AccountID,
        base: String?,
        clock: any WallClock,
        makeSecret: @escaping @Sendable () -> String
    ) {
        self.store = store
        self.keeper = keeper
        self.account = account
        self.base = base
        self.clock = clock
        self.makeSecret = makeSecret
    }

    /// Looks at the hooks that were made, and stores what is wrong with each.
    ///
    /// - Returns: what is wrong, by topic; nothing for topics of which no hook was ever made.
    package func look() async throws -> [String: String] {
        let sightings = try await keeper.hooks()
        var problems: [String: String] = [:]
        for topic in keeper.plan.topics {
            let stored = try await current(topic)
            guard let hook = stored.active ?? stored.creating else { continue }
            let comparison = compare(topic, stored, sightings, base: base ?? hook.url)
            problems[topic.name] = comparison.problem
            try await note(topic, problem: comparison.problem)
        }
        return problems
    }

    /// Puts every hook right.
    ///
    /// - Parameter renewing: whether those that are there are replaced with their secrets, right or wrong.
    /// - Throws: `PortError` of the first call that failed; what was done before it stands. The refusal of a hook that
    ///   is dispensable is a result.
    package func putRight(renewing: Bool = false) async throws -> [Result] {
        var results: [Result] = []
        for topic in keeper.plan.topics {
            do {
                results.append(try await putRight(topic, renewing: renewing))
            } catch let error as PortError where topic.isDispensable && Self.isRefusal(error) {
                try await note(topic, problem: error.detail)
                results.append(Result(topic: topic.name, act: .refused, problem: error.detail, removed: 0))
            }
        }
        return results
    }

    private static func isRefusal(_ error: PortError) -> Bool {
        switch error.code {
        case .refused, .conflict, .forbidden, .notFound: true
        case .needsAuthorisation, .throttled, .quotaSpent, .queueFull, .unavailable, .unknownOutcome,
            .unreadableAnswer, .otherAccount:
            false
        }
    }

    private func putRight(_ topic: HookTopic, renewing: Bool) async throws -> Result {
        guard let base = try await address(of: topic) else { return Result(topic: topic.name, act: .kept, removed: 0) }
        var problem: String?
        var attempt = 1
        while true {
            let stored = try await current(topic)
            let comparison = compare(topic, stored, try await keeper.hooks(), base: base)
            problem = problem ?? comparison.problem
            do {
                let act = try await carryOut(comparison, topic, stored, base: base, renewing: renewing)
                try await note(topic, problem: nil)
                return Result(topic: topic.name, act: act, problem: problem, removed: comparison.surplus.count)
            } catch let error as PortError where error.code == .unknownOutcome && attempt < Self.attempts {
                // The next look shows whether it was made, and then its secret is lost.
                attempt += 1
            }
        }
    }

    private func carryOut(
        _ comparison: HookComparison,
        _ topic: HookTopic,
        _ stored: (active: Hook?, creating: Hook?),
        base: String,
        renewing: Bool
    ) async throws -> Result.Act {
        var surplus = comparison.surplus
        let act: Result.Act
        switch renewing ? comparison.act.renewing(stored.active?.remoteID) : comparison.act {
        case .keep: act = .kept
        case .create:
            try await create(topic, base: base)
            act = .created
        case .change(let id):
            if let hook = stored.active {
                try await keeper.change(id, to: HookWish(topic: topic, url: Self.address(base, hook.pathSecret)))
                try await store.database.write { try Hooks.setURLIfActive(hook.id, base, on: $0) }
            }
            act = .changed
        case .replace(let id):
            try await create(topic, base: base)
            surplus.append(id)
            act = .replaced
        }
        for id in surplus { try await keeper.delete(id, of: topic) }
        return act
    }

    /// Makes a hook: noted, made, stored with its secrets.
    private func create(_ topic: HookTopic, base: String) async throws {
        let (account, sealer, now) = (account, store.sealer, clock.now)
        let secret = keeper.plan.hasPathSecret ? makeSecret() : nil
        let hook = try await store.database.write { connection in
            try Hooks.begin(
                account: account,
                topic: topic.name,
                url: base,
                pathSecret: secret,
                now: now,
                sealer: sealer,
                on: connection
            )
        }
        let created: CreatedHook
        do {
            created = try await keeper.create(HookWish(topic: topic, url: hook.address))
        } catch let error as PortError where error.code != .unknownOutcome {
            try await store.database.write { try Hooks.abandonIfCreating(hook.id, on: $0) }
            throw error
        }
        let answered = clock.now
        _ = try await store.database.write { connection in
            try Hooks.activateIfCreating(
                hook.id,
                remoteID: created.id,
                signingSecret: created.signingSecret,
                overlap: Self.overlap,
                now: answered,
                sealer: sealer,
                on: connection
            )
        }
    }

    private func compare(
        _ topic: HookTopic,
        _ stored: (active: Hook?, creating: Hook?),
        _ sightings: [HookSighting],
        base: String
    ) -> HookComparison {
        let known = stored.active.flatMap { hook in
            hook.remoteID.map { HookComparison.Known(id: $0, hasSigningSecret: hook.signingSecret != nil) }
        }
        return HookComparison(
            of: HookWish(topic: topic, url: Self.address(base, stored.active?.pathSecret)),
            known: known,
            bases: Set([base, stored.active?.url, stored.creating?.url].compactMap(\.self)),
            sightings: sightings
        )
    }

    private func address(of topic: HookTopic) async throws -> String? {
        if let base { return base }
        let stored = try await current(topic)
        return (stored.active ?? stored.creating)?.url
    }

    private func current(_ topic: HookTopic) async throws -> (active: Hook?, creating: Hook?) {
        let (account, sealer) = (account, store.sealer)
        return try await store.database.read {
            try Hooks.current(account: account, topic: topic.name, sealer: sealer, on: $0)
        }
    }

    private func note(_ topic: HookTopic, problem: String?) async throws {
        let (account, now) = (account, clock.now)
        try await store.database.write {
            try Hooks.checked(account: account, topic: topic.name, problem: problem, at: now, on: $0)
        }
    }

    private static func address(_ base: String, _ pathSecret: String?) -> String {
        pathSecret.map { "\(base)/\($0)" } ?? base
    }
}
