import Reconciliation

/// When a mailing is looked at again: less and less often as it gets older (design §4, lane 5).
///
/// Most of what becomes of a mail becomes of it on its first day; after sixty days nothing does.
package enum ReportSchedule {
    /// The steps: up to an age, how long to wait, both in seconds.
    package static let steps: [(age: Int64, pause: Int64)] = [
        (86_400, 3_600), (3 * 86_400, 6 * 3_600), (14 * 86_400, 86_400), (60 * 86_400, 7 * 86_400),
    ]

    /// How far back mailings are searched for, in seconds: older ones are not looked at any more.
    package static let reach: Int64 = 60 * 86_400

    /// How often an account is asked for what it has sent, in seconds.
    package static let searchPause: Int64 = 3_600

    /// When to look again at a mailing that was looked at just now; nil for never.
    ///
    /// The last look is the first one that comes after the last step.
    package static func nextLook(sentAt: Timestamp, lookedAt: Timestamp) -> Timestamp? {
        let age = (lookedAt.milliseconds - sentAt.milliseconds) / 1000
        guard let step = steps.first(where: { age < $0.age }) else { return nil }
        return lookedAt.advanced(bySeconds: step.pause)
    }

    /// When a report that takes so many pages may be read from its beginning again.
    ///
    /// A report of one page is read at every look, a large one at most daily.
    package static func nextWhole(pages: Int, readAt: Timestamp) -> Timestamp {
        pages <= 1 ? readAt : readAt.advanced(bySeconds: Int64(min(24, pages)) * 3_600)
    }
}
