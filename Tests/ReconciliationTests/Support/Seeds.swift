#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The seeds that a property is tried with: 1 to `CAUSEWAY_WORLDS` (10,000), or the one in `CAUSEWAY_SEED`.
enum Seeds {
    static let all: [UInt64] = {
        if let seed = number(of: "CAUSEWAY_SEED") { return [seed] }
        return Array(1...max(1, number(of: "CAUSEWAY_WORLDS") ?? 10_000))
    }()

    /// Tries a property with every seed, up to the first few that break it.
    ///
    /// - Parameter property: returns what is wrong, or nil.
    /// - Returns: the failures, each with the setting that replays it; empty when the property holds.
    static func failures(_ property: (UInt64) -> String?) -> [String] {
        var found: [String] = []
        for seed in all {
            guard let wrong = property(seed) else { continue }
            found.append("CAUSEWAY_SEED=\(seed): \(wrong)")
            if found.count == 3 { break }
        }
        return found
    }

    private static func number(of name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }
}
