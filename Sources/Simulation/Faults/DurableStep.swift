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
