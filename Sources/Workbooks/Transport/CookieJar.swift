import NIOHTTP1

/// The cookies that a service set while it sent one request on; they belong to that request alone.
struct CookieJar {
    private var pairs: [(name: Substring, value: Substring)] = []

    /// Takes over what an answer sets.
    mutating func keep(_ headers: HTTPHeaders) {
        for field in headers["set-cookie"] {
            let pair = field.prefix { $0 != ";" }
            guard let equals = pair.firstIndex(of: "=") else { continue }
            let name = pair[..<equals]
            pairs.removeAll { $0.name == name }
            pairs.append((name, pair[pair.index(after: equals)...]))
        }
    }

    /// The value of a `Cookie` header; nil when there is nothing to send.
    var header: String? {
        pairs.isEmpty ? nil : pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
    }
}
