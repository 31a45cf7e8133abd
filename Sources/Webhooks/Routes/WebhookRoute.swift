import Foundation
import Reconciliation

/// The routes of the listener (design §6).
enum WebhookRoute: Hashable {
    case delivery(WebhookSource, AccountID)
    case health
    case readiness

    /// The route of a request target; nil when there is none.
    ///
    /// Matched by hand: there are four, and a trie costs allocations on every delivery.
    init?(target: String) {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        for (source, prefix) in Self.deliveryPrefixes where path.starts(with: prefix) {
            guard let account = Self.account(path.dropFirst(prefix.count)) else { return nil }
            self = .delivery(source, account)
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

    private static func account(_ component: Substring.UTF8View) -> AccountID? {
        guard !component.isEmpty, !component.contains(UInt8(ascii: "/")) else { return nil }
        guard component.contains(UInt8(ascii: "%")) else { return AccountID(String(Substring(component))) }
        return String(Substring(component)).removingPercentEncoding.map { AccountID($0) }
    }
}
