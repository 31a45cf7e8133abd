import Bridge
import HTTPCalls
import Reconciliation

/// One of the collections that a walk reads to its end, one after the other (mailchimp.md §8).
struct MemberPass: Sendable {
    /// Filters besides the bound in time.
    var filters: [(String, String)] = []
    /// The bound of `last_changed`, which is exclusive; nil for none.
    var since: Timestamp?

    /// Bounds before this moment are left out: the service hangs on a very old one (mailchimp.md §8).
    private static let oldestBound = Timestamp(seconds: 946_684_800)

    /// The passes of a query over the audience's members.
    ///
    /// Whether archived members are among all of them is not certain, so there is a pass of their own.
    static func passes(of query: ContactQuery) -> [MemberPass] {
        let archived = ("status", "archived")
        switch query {
        case .everybody:
            return [MemberPass(), MemberPass(filters: [archived])]
        case .optedOut(let moment):
            guard moment > oldestBound else { return passes(of: .everybody) }
            // The third finds who unsubscribed by a stamp of its own, should that not move `last_changed`.
            let unsubscribed = [
                ("status", "unsubscribed"), ("unsubscribed_since", ServiceTime.formatWithOffset(moment)),
            ]
            return [
                MemberPass(since: moment), MemberPass(filters: [archived], since: moment),
                MemberPass(filters: unsubscribed),
            ]
        case .unsubscribed:
            return [MemberPass(filters: [("status", "unsubscribed")])]
        case .deleted:
            return [MemberPass(filters: [archived])]
        case .created(let moment):
            // Who was created has changed since; the stamp of the opt-in is missing for all that are no subscribers.
            return [MemberPass(since: moment > oldestBound ? moment : nil)]
        case .onLists, .having:
            return []
        }
    }

    /// Whether the walk can go on from a stamp.
    static func canBound(_ moment: Timestamp) -> Bool { moment > oldestBound }
}
