import Foundation
import Reconciliation

/// The routes of the listener (design §6).
enum WebhookRoute: Hashable {
    /// Deliveries for an account; with the secret in which the address ends, where the source has one.
    case delivery(WebhookSource, AccountID, pathSecret: String?)
    case health
    case readiness

    /// The route of a request target; nil when there is none.
    ///
    /// Matched by hand: there are five, and a trie costs allocations on every delivery.
    init?(target: String) {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        for (source, prefix) in Self.deliveryPrefixes where path.starts(with: prefix) {
            guard let route = Self.delivery(from: source, path.dropFirst(prefix.count)) else { return nil }
            self = route
            return
        }
        switch Substring(path) {
        case "/health": self = .health
        case "/health/ready": self = .readiness
        default: return nil
        }
    }

    private static let deliveryPrefixes = WebhookSource.allCases.map { source in
        (source, Array("/webhooks/\(source.rawValue)/".utf8))
    }

    private static func delivery(from source: WebhookSource, _ rest: Substring.UTF8View) -> WebhookRoute? {
        guard source.hasPathSecret else { return account(rest).map { .delivery(source, $0, pathSecret: nil) } }
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let secret = rest[rest.index(after: slash)...]
        guard !secret.isEmpty, !secret.contains(UInt8(ascii: "/")) else { return nil }
        return account(rest[..<slash]).map { .delivery(source, $0, pathSecret: String(Substring(secret))) }
    }

    private static func account(_ component: Substring.UTF8View) -> AccountID? {
        guard !component.isEmpty, !component.contains(UInt8(ascii: "/")) else { return nil }
        guard component.contains(UInt8(ascii: "%")) else { return AccountID(String(Substring(component))) }
        return String(Substring(component)).removingPercentEncoding.map { AccountID($0) }
    }
}
