import Foundation

/// The seeds of a simulation: `CAUSEWAY_SEED` alone, or as many as `CAUSEWAY_WORLDS` says.
enum Seeds {
    static func all(_ count: Int) -> [UInt64] {
        if let seed = number(of: "CAUSEWAY_SEED") { return [seed] }
        return Array(1...UInt64(number(of: "CAUSEWAY_WORLDS").map(Int.init) ?? count))
    }

    private static func number(of name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}
