/// A point at which a process can end and leave something behind.
package enum DurableStep: Hashable, Sendable, CustomStringConvertible {
    /// A call of a port, by the name that the simulated port gives it.
    case call(String)
    /// A commit, by the pass that makes it.
    case commit(String)

    /// Whether the process ends before the step takes effect, or after it and before anybody learns of it.
    package enum Moment: String, Hashable, Sendable, CaseIterable {
        case before
        case after
    }

    /// Whether lives come to it so seldom, or so early among others, that they have to be made to die there.
    var isSeldom: Bool {
        switch self {
        case .call(let name):
            let call = name.drop { $0 != "." }
            return Self.seldomCalls.contains(String(call))
        case .commit(let pass): return Self.seldomPasses.contains(pass)
        }
    }

    /// Whether the step is of a kind, by the name that `rarest` gives it.
    func isOne(of kind: String) -> Bool {
        switch self {
        case .call(let name): name.hasSuffix(kind)
        case .commit(let pass): pass == kind
        }
    }

    /// The kinds that lives come to least of all, the rarest more than once: each life that prefers seldom steps has one
    /// of them to die at.
    static let rarest = [
        ".renameList", ".upsert", ".createStatus", ".changeAddress.write", ".resubscribe.write",
        ".requestConfirmation", ".members", ".upsert", "activity watching", ".createStatus", ".requestConfirmation",
        ".changeAddress.write", ".upsert", ".resubscribe.read", ".members", "bulk pushing", ".requestConfirmation",
        ".createStatus", ".resubscribe.write", ".changeAddress.read", ".upsert", "erasing", ".requestConfirmation",
        ".renameList", ".changeAddress.read", ".optOuts", ".requestConfirmation",
    ]

    private static let seldomCalls: Set<String> = [
        ".createList", ".renameList", ".createStatus", ".upsert", ".submit", ".progress", ".optOuts", ".members",
        ".memberScan", ".contact", ".unsubscribe.read", ".unsubscribe.write", ".resubscribe.read", ".resubscribe.write",
        ".search", ".statuses", ".changeAddress.read", ".changeAddress.write", ".requestConfirmation",
    ]
    private static let seldomPasses: Set<String> = [
        "bulk pushing", "activity watching", "first round", "deciding on a hold", "erasing",
    ]

    /// The step's kind, the same at every account of one kind.
    package var description: String {
        switch self {
        case .call(let name):
            if name.hasPrefix("crm.") { return "call \(name)" }
            let rest = name.drop { $0 != "." }
            return "call provider\(rest)"
        case .commit(let pass): return "commit in \(pass)"
        }
    }
}
