import Bridge
import Foundation

/// Where a Workbooks service is.
///
/// The key travels with every request, so the way there is encrypted unless it does not leave the machine.
package struct WorkbooksAddress: Sendable, Hashable, CustomStringConvertible {
    let scheme: String
    /// Host and port as they stand in a URL.
    let authority: String
    /// The path under which the endpoints are, without a slash at its end.
    let path: String

    /// Reads a base URL such as `https://secure.workbooks.com/`.
    ///
    /// - Throws: `PortError` with `refused` when it is no `https` URL, nor one of `http` to a loopback address.
    package init(_ text: String) throws(PortError) {
        guard let parts = URLComponents(string: text.trimmingBlanks), let scheme = parts.scheme?.lowercased(),
            let host = parts.host, !host.isEmpty
        else { throw Self.refusal("it is not an absolute URL such as https://secure.workbooks.com") }
        guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
            throw Self.refusal("a base URL has no user, query or fragment")
        }
        guard scheme == "https" || scheme == "http" && Self.isLoopback(host) else {
            throw Self.refusal("the API key may only travel by https; http is accepted for loopback addresses only")
        }
        self.scheme = scheme
        self.authority = Self.authority(host: host, port: parts.port, scheme: scheme)
        self.path = String(parts.percentEncodedPath.reversed().drop { $0 == "/" }.reversed())
    }

    package var description: String { "\(scheme)://\(authority)\(path)" }

    /// The URL of an endpoint such as `crm/people.api`.
    package func endpoint(_ name: String) -> String { "\(self)/\(name)" }

    /// Where a `Location` header leads, seen from a URL of this service.
    ///
    /// - Returns: nil when it leads to another scheme, host or port, or cannot be read.
    package func redirect(to location: String, from url: String) -> String? {
        guard let target = URL(string: location, relativeTo: URL(string: url))?.absoluteURL,
            let parts = URLComponents(url: target, resolvingAgainstBaseURL: true), let host = parts.host,
            parts.scheme?.lowercased() == scheme, parts.user == nil,
            Self.authority(host: host, port: parts.port, scheme: scheme) == authority
        else { return nil }
        return target.absoluteString
    }

    /// Whether a URL of this service is that of its login page.
    package func isLoginPage(_ url: String) -> Bool {
        guard let parts = URLComponents(string: url) else { return false }
        let segments = parts.path.dropFirst(path.count).split(separator: "/")
        guard let first = segments.first else { return parts.path.isEmpty || parts.path == "/" }
        return ["login", "logout"].contains(first.prefix { $0 != "." }.lowercased())
    }

    private static func authority(host: String, port: Int?, scheme: String) -> String {
        let usual = scheme == "https" ? 443 : 80
        let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        guard let port, port != usual else { return name.lowercased() }
        return "\(name.lowercased()):\(port)"
    }

    private static func isLoopback(_ host: String) -> Bool {
        let bare = host.lowercased().filter { $0 != "[" && $0 != "]" }
        if bare == "localhost" || bare == "::1" { return true }
        let numbers = bare.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers.allSatisfy { $0 != nil } && numbers[0] == 127
    }

    private static func refusal(_ why: String) -> PortError {
        PortError(.refused, operation: "read the Workbooks URL", detail: why)
    }
}
