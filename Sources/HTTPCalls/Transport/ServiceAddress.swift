import FoundationEssentials

/// The base of a service's addresses: an origin and a path, over `https`, or over `http` to a loopback address only.
package struct ServiceAddress: Sendable, Hashable, CustomStringConvertible {
    /// Why a text cannot be the base of a service.
    package struct Unusable: Error, Sendable, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }
    }

    /// Scheme, host and port, such as `https://api.cc.email`.
    package let origin: String
    /// The path below the origin, without a slash at its end, such as `/v3`; may be empty.
    package let path: String

    /// Reads a base such as `https://api.cc.email/v3`.
    ///
    /// - Throws: `Unusable`, saying what is wrong with the text.
    package init(_ text: String) throws(Unusable) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            let host = parts.encodedHost, !host.isEmpty
        else {
            throw Unusable(
                description: "\(text) is no address of a service; give one such as https://api.example.com/v3"
            )
        }
        guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
            throw Unusable(description: "the address of \(host) must not carry a user, a query or a fragment")
        }
        guard scheme == "https" || scheme == "http" && Self.isLoopback(host) else {
            throw Unusable(description: "\(text) must begin with https://; http:// is for loopback addresses only")
        }
        origin = "\(scheme)://\(host)" + (parts.port.map { ":\($0)" } ?? "")
        var trimmed = parts.percentEncodedPath[...]
        while trimmed.last == "/" { trimmed.removeLast() }
        path = String(trimmed)
    }

    package var description: String { origin + path }

    /// The address of a path below the base.
    package func appending(_ suffix: String) -> String { origin + path + suffix }

    /// The address of a page that an answer named, or nil when following it would leave the service.
    ///
    /// The service writes links relative to its host (`/v3/contacts?cursor=…`); an absolute one is taken when it
    /// stays at this origin. What lies between the origin and the last part of the base path (a proxy's prefix) is put
    /// back where the link lacks it.
    package func following(_ link: String) -> String? {
        guard link.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
        var relative = link[...]
        if link.hasPrefix(origin + "/") { relative = relative.dropFirst(origin.count) }
        let steps = relative.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        guard !steps.contains(".."), !steps.contains(".") else { return nil }
        if relative.hasPrefix(path + "/") { return origin + String(relative) }
        guard let cut = path.lastIndex(of: "/"), relative.hasPrefix(path[cut...] + "/") else { return nil }
        return origin + String(path[..<cut]) + String(relative)
    }

    private static func isLoopback(_ host: String) -> Bool {
        let bare = host.lowercased()
        if bare == "localhost" || bare == "[::1]" || bare == "::1" { return true }
        let parts = bare.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
