import Bridge
import Reconciliation

/// How a source of changes is walked: positions in, criteria and positions out (workbooks.md §5.3).
///
/// A *poll* is the run of pages from one resting position to the next. It begins `overlapSeconds` before the second
/// up to which the source had been read, because a row can be committed after its stamp; its further pages begin
/// where the page before ended. It rests at the second that was the newest **when the poll began**: whatever was
/// committed late while the poll ran is stamped no more than the overlap before that, so the next poll finds it. A
/// poll of one page knows that second from its own rows; a longer one asks for it, once, after its first page, and
/// takes off the time that passed since.
///
/// Once a poll that began more than twice the overlap after another has found the same newest second, nothing can
/// turn up at or before that second any more, and the overlap is left out until something new appears. Without that,
/// the rows of a bulk import would be read again at every poll until the next change, however long that takes.
/// The wall clock is used for that span alone, never as a position.
package struct ChangeWalk: Sendable {
    /// What a page is to hold.
    package enum Criterion: Sendable, Hashable {
        /// Rows stamped at the second or later, in order of stamp and id.
        case since(Int64)
        /// Rows stamped exactly at the second with a greater id, in order of id.
        case within(second: Int64, afterID: Int64)
    }

    /// The place of one row in the order of changes.
    package struct Stamp: Sendable, Hashable {
        package var second: Int64
        package var id: Int64

        package init(second: Int64, id: Int64) {
            self.second = second
            self.id = id
        }
    }

    /// How far a poll reaches back.
    package var overlapSeconds: Int64
    /// The rows of a full page.
    package var pageSize: Int

    package init(overlapSeconds: Int64, pageSize: Int) {
        self.overlapSeconds = overlapSeconds
        self.pageSize = pageSize
    }

    /// What the next page after a position holds.
    package func criterion(after position: ChangePosition) -> Criterion {
        if let id = position.drainingAfter { return .within(second: position.second, afterID: id) }
        if position.poll != nil { return .since(position.second) }
        return .since(position.isSettled ? position.second + 1 : max(0, position.second - overlapSeconds))
    }

    /// Whether the newest second has to be asked for after a first page with this many rows.
    package func needsNewestSecond(after position: ChangePosition, rows: Int) -> Bool {
        position.poll == nil && rows >= pageSize
    }

    /// A position to begin reading at, at a second that was found to be the newest.
    package func resting(at second: Int64, foundAt moment: Timestamp) -> ChangePosition {
        ChangePosition(second: second, newestSeen: second, newestSince: moment)
    }

    /// The position after a page.
    ///
    /// - Parameters:
    ///   - page: the rows in their order.
    ///   - began: when the request for this page was made.
    ///   - newest: a lower bound of the newest second when the poll began, where `needsNewestSecond` asked for it.
    package func next(
        after position: ChangePosition,
        page: [Stamp],
        began: Timestamp,
        newest: Int64? = nil
    ) -> (position: ChangePosition, isLast: Bool) {
        // What a poll before this one has shown was there when this one began.
        let known = newest.map { max($0, position.newestSeen ?? $0) }
        let poll =
            position.poll
            ?? ChangePosition.Poll(
                from: position.second,
                newest: known ?? page.last?.second ?? position.second,
                began: began
            )
        var next = position
        next.poll = poll
        next.newestSeen = [position.newestSeen, page.last?.second].compactMap(\.self).max()
        next.isSettled = false
        guard page.count >= pageSize, let first = page.first, let last = page.last else {
            if position.drainingAfter != nil {
                next.drainingAfter = nil
                next.second = position.second + 1
                return (next, false)
            }
            return (rested(next, after: poll), true)
        }
        next.second = last.second
        // The rows of the last second go on at the next page, unless that would be this page again.
        next.drainingAfter = first.second == last.second ? last.id : nil
        return (next, false)
    }

    private func rested(_ position: ChangePosition, after poll: ChangePosition.Poll) -> ChangePosition {
        var rest = ChangePosition(second: max(poll.from, poll.newest), newestSeen: position.newestSeen)
        guard poll.newest <= poll.from, let since = position.newestSince else {
            rest.newestSince = poll.began
            return rest
        }
        let quietMilliseconds = poll.began.milliseconds - since.milliseconds
        rest.newestSince = since
        rest.isSettled = quietMilliseconds > 2 * overlapSeconds * 1000
        return rest
    }
}
