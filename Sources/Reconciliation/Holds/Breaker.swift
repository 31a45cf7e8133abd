/// Judges whether a run of a link may do what it would do, before the first row of it goes (design §4).
///
/// Opt-outs are never judged.
package struct Breaker: Hashable, Sendable {
    /// `breaker.rows`: so many rows a day are always usual.
    package var rows: Int
    /// `breaker.share`: the share of a list that is usual, in percent.
    package var percent: Int

    package init(rows: Int = 200, percent: Int = 5) {
        self.rows = rows
        self.percent = percent
    }

    /// How many rows of a list of that size are usual within 24 hours.
    package func limit(ofList size: Int) -> Int { max(rows, size * percent / 100) }

    /// Whether the rows may go.
    ///
    /// - Parameters:
    ///   - total: distinct rows of the 24 hours until now, those that are planned included.
    ///   - size: the list before any of them.
    ///   - isHeld: whether an earlier part of the run is held and nobody has decided yet: the rest joins it.
    package func allows(total: Int, ofList size: Int, isHeld: Bool) -> Bool {
        !isHeld && total <= limit(ofList: size)
    }

    /// Whether a reading is too small to be believed: nothing of what was there is left, or less than half of it.
    ///
    /// A few that are missing happen every day.
    package static func isSuspicious(missing: Int, of known: Int) -> Bool {
        if known >= 3, missing == known { return true }
        return missing >= 10 && missing * 2 > known
    }

    /// Whether records that were asked for by their ids, and not answered, are hidden rather than gone: so many of those
    /// that were asked for together that a permission must have changed (workbooks.md §5.4).
    ///
    /// - Parameter isHeld: whether others are held for that and nobody has decided yet: these join them, however few.
    package static func isHiding(unanswered: Int, of asked: Int, isHeld: Bool) -> Bool {
        if unanswered == 0 { return false }
        return isHeld || unanswered >= 10 && unanswered * 2 > asked
    }
}
