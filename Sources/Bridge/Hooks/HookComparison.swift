/// What is there of one hook, held against what should be: what is wrong, and what puts it right.
///
/// ```swift
/// let comparison = HookComparison(of: wish, known: known, bases: [base], sightings: try await keeper.hooks())
/// if comparison.isRight { return }
/// ```
///
/// Pure. Hooks that are not ours, by their id or by where they point, are left alone.
package struct HookComparison: Sendable, Hashable {
    /// The hook that the store has as ours.
    package struct Known: Sendable, Hashable {
        /// The service's id.
        package var id: String
        /// Whether the store has what its deliveries are signed with.
        package var hasSigningSecret: Bool

        package init(id: String, hasSigningSecret: Bool) {
            self.id = id
            self.hasSigningSecret = hasSigningSecret
        }
    }

    /// One thing that is wrong.
    package enum Fault: Sendable, Hashable {
        /// None has been made, and none is there.
        case missing
        /// Ours is not there any more.
        case gone
        /// One that points at us is there, and the store has no secret of it: the answer to its creation was lost, or it
        /// is of another time.
        case secretLost
        /// It signs its deliveries otherwise than the store knows.
        case signedOtherwise
        /// It points elsewhere.
        case pointsElsewhere
        /// Switches that should be on are off, in the order of the alphabet: a disabled hook looks so.
        case off([String])
        /// Switches that should be off are on.
        case on([String])
        /// So many more than one point at us, and every event is told again by each.
        case doubled(Int)
    }

    /// What becomes of the one hook.
    package enum Act: Sendable, Hashable {
        case keep
        /// A new one is made.
        case create
        /// It is put right where it is, and keeps its secrets.
        case change(String)
        /// A new one is made, and then this one is taken away: its secret is lost for good.
        case replace(String)

        /// The same with new secrets: whatever is there of the hook of an id is replaced.
        func renewing(_ id: String?) -> Act {
            switch self {
            case .keep: id.map(Act.replace) ?? self
            case .change(let id): .replace(id)
            case .create, .replace: self
            }
        }
    }

    package let faults: [Fault]
    package let act: Act
    /// The others that point at us, to be taken away once the one is right.
    package let surplus: [String]

    /// Compares.
    ///
    /// - Parameters:
    ///   - wish: the hook as it should be.
    ///   - known: the one that the store has; nil when it has none, or one whose creation was never answered.
    ///   - bases: the addresses, without a secret at the end, that are ours.
    ///   - sightings: every hook that the service has.
    package init(of wish: HookWish, known: Known?, bases: Set<String>, sightings: [HookSighting]) {
        let ofTopic = sightings.filter { $0.topic == wish.topic.name }
        let own = known.flatMap { known in ofTopic.first { $0.id == known.id } }
        surplus =
            ofTopic
            .filter { sighting in
                sighting.id != own?.id && bases.contains { Self.isAddress(sighting.url, under: $0) }
            }
            .map(\.id)
        guard let known else {
            faults = [surplus.isEmpty ? .missing : .secretLost]
            act = .create
            return
        }
        guard let own else {
            faults = [.gone]
            act = .create
            return
        }
        var faults = Self.faults(of: own, wish)
        let isSignedOtherwise = own.isSigned.map { $0 != known.hasSigningSecret } ?? false
        act = isSignedOtherwise ? .replace(own.id) : faults.isEmpty ? .keep : .change(own.id)
        if isSignedOtherwise { faults.insert(.signedOtherwise, at: 0) }
        if !surplus.isEmpty { faults.append(.doubled(surplus.count)) }
        self.faults = faults
    }

    /// Whether nothing is to be done.
    package var isRight: Bool { faults.isEmpty }

    /// What is wrong, in words without addresses and secrets; nil when nothing is.
    package var problem: String? {
        isRight ? nil : faults.map(\.text).joined(separator: "; ")
    }

    private static func faults(of own: HookSighting, _ wish: HookWish) -> [Fault] {
        var faults: [Fault] = []
        if withoutQuery(own.url) != wish.url { faults.append(.pointsElsewhere) }
        let off = wish.topic.switches.subtracting(own.switches)
        if !off.isEmpty { faults.append(.off(off.sorted())) }
        let on = own.switches.subtracting(wish.topic.switches)
        if !on.isEmpty { faults.append(.on(on.sorted())) }
        return faults
    }

    /// Whether an address is a base or has one more component, a secret of some time.
    private static func isAddress(_ url: String, under base: String) -> Bool {
        let address = withoutQuery(url)
        if address == base { return true }
        guard address.hasPrefix(base + "/") else { return false }
        return !address.dropFirst(base.count + 1).contains("/")
    }

    /// A query does not make an address another one (mailchimp.md §9).
    private static func withoutQuery(_ url: String) -> String {
        String(url.prefix { $0 != "?" && $0 != "#" })
    }
}

extension HookComparison.Fault {
    /// The fault in words.
    package var text: String {
        switch self {
        case .missing: "there is none"
        case .gone: "it is not there any more"
        case .secretLost: "one points here whose signing secret is not known"
        case .signedOtherwise: "its deliveries are signed with another secret than the known one, or not at all"
        case .pointsElsewhere: "it points elsewhere"
        case .off(let names): "\(names.joined(separator: ", ")) should be on: it was changed or disabled"
        case .on(let names): "\(names.joined(separator: ", ")) should be off"
        case .doubled(let count): "\(count) more of it \(count == 1 ? "is" : "are") there"
        }
    }
}
