/// How late an opt-out is that is not carried out yet, held against the two terms that senders are held to.
///
/// Mailbox providers want a bulk sender to honour an unsubscribe within 48 hours, the law of the United States within
/// 10 business days. Each has a warning before it, early enough to act: 36 hours, and 8 business days.
package enum OptOutLateness: Int, Sendable, Hashable, Comparable, CaseIterable {
    case inTime
    case nearing48Hours
    case past48Hours
    case nearing10BusinessDays
    case past10BusinessDays

    /// Hours after which an open opt-out is warned of.
    package static let warningHours: Int64 = 36
    package static let limitHours: Int64 = 48
    /// Business days after which an open opt-out is warned of again.
    package static let warningBusinessDays = 8
    package static let limitBusinessDays = 10

    /// How late an opt-out is that has been open since a moment.
    package init(since start: Timestamp, at now: Timestamp) {
        if now >= BusinessDays.moment(Self.limitBusinessDays, after: start) {
            self = .past10BusinessDays
        } else if now >= BusinessDays.moment(Self.warningBusinessDays, after: start) {
            self = .nearing10BusinessDays
        } else if now >= start.advanced(bySeconds: Self.limitHours * 3600) {
            self = .past48Hours
        } else if now >= start.advanced(bySeconds: Self.warningHours * 3600) {
            self = .nearing48Hours
        } else {
            self = .inTime
        }
    }

    /// The stable word that is shown and printed as JSON.
    package var code: String {
        switch self {
        case .inTime: "in-time"
        case .nearing48Hours: "nearing-48-hours"
        case .past48Hours: "past-48-hours"
        case .nearing10BusinessDays: "nearing-10-business-days"
        case .past10BusinessDays: "past-10-business-days"
        }
    }

    /// A sentence for people.
    package var text: String {
        switch self {
        case .inTime: "in time"
        case .nearing48Hours: "open for more than 36 hours; after 48 hours it is late for mailbox providers"
        case .past48Hours: "open for more than 48 hours: late for mailbox providers"
        case .nearing10BusinessDays: "open for more than 8 business days; after 10 it is late by law"
        case .past10BusinessDays: "open for more than 10 business days: late by law"
        }
    }

    package static func < (left: OptOutLateness, right: OptOutLateness) -> Bool { left.rawValue < right.rawValue }
}
