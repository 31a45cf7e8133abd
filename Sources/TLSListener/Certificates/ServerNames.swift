/// Finds the certificate for a server name.
///
/// An exact name comes before a wildcard, and of two certificates with the same name the first one counts. A wildcard
/// stands for one label, the leftmost, whole (RFC 9525 §6.3).
package struct ServerNames: Sendable {
    private var exact: [String: Int] = [:]
    /// What follows `*` in a wildcard, dot included.
    private var wildcards: [String: Int] = [:]

    /// Indexes names.
    ///
    /// - Parameter names: For each certificate its DNS names, lower-cased.
    package init(_ names: [[String]]) {
        for (index, names) in names.enumerated() {
            for name in names {
                if name.hasPrefix("*.") {
                    let suffix = String(name.dropFirst())
                    wildcards[suffix] = wildcards[suffix] ?? index
                } else {
                    exact[name] = exact[name] ?? index
                }
            }
        }
    }

    /// Finds a name.
    ///
    /// - Parameter name: The name as the client sent it, in any case, with or without a final dot.
    /// - Returns: The position of the certificate, nil when none has the name.
    package func index(of name: String) -> Int? {
        var name = name.lowercased()
        if name.hasSuffix(".") {
            name.removeLast()
        }
        if let index = exact[name] {
            return index
        }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return nil }
        return wildcards[String(name[dot...])]
    }
}
