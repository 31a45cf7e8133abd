import Reconciliation

/// Where a walk stands, as the engine keeps it between pages.
///
/// Rows move while they are read: a member that changes goes to the end, and those behind it move up. So a walk goes on
/// from the last stamp that it saw where it can, and otherwise reads the last row of a page again as an anchor: when it is
/// not where it was, rows were missed, and the walk returns to the beginning of the stretch (mailchimp.md §8).
struct WalkPlace: Sendable, Hashable {
    /// The pass, counted from nought.
    var pass = 0
    /// The stamp to go on from; nil for the bound of the pass.
    var since: Timestamp?
    var offset = 0
    /// The hash of the row that was last at `offset`; empty for none.
    var anchor = ""
    /// How often the walk returned to the beginning of a stretch.
    var returns = 0

    /// How often it may.
    static let mostReturns = 5

    init() {}

    /// Reads a place; nil for a text that is none.
    init?(_ text: String) {
        let parts = text.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "1", let pass = Int(parts[1]), pass >= 0, let offset = Int(parts[3]),
            offset >= 0, let returns = Int(parts[5]), parts[2].isEmpty || Int64(parts[2]) != nil
        else { return nil }
        self.pass = pass
        since = Int64(parts[2]).map { Timestamp(milliseconds: $0) }
        self.offset = offset
        anchor = String(parts[4])
        self.returns = returns
    }

    /// The place as a text.
    var text: String {
        "1|\(pass)|\(since.map { String($0.milliseconds) } ?? "")|\(offset)|\(anchor)|\(returns)"
    }

    /// The place after a page; nil when the pass is at its end.
    ///
    /// - Parameters:
    ///   - page: the page that was read here.
    ///   - bound: the bound of the pass.
    ///   - isSorted: whether the rows are in the order of their stamps.
    func next(after page: CollectionPage<MemberDocument>, bound: Timestamp?, isSorted: Bool) -> WalkPlace? {
        let end = offset + page.count
        let isLast = page.count == 0 || page.total.map { end >= $0 } ?? (page.count < MailchimpLimits.pageSize)
        if isLast { return nil }
        var next = self
        let last = page.elements.last
        if isSorted, let latest = last?.lastChanged, let earliest = page.elements.first?.lastChanged, earliest < latest
        {
            // A second back: the bound is exclusive, and more of the same second may follow.
            let moment = latest.advanced(bySeconds: -1)
            if MemberPass.canBound(moment), (since ?? bound).map({ moment > $0 }) ?? true {
                next.since = moment
                next.offset = 0
                next.anchor = ""
                next.returns = 0
                return next
            }
        }
        let isWhole = page.elements.count == page.count
        next.offset = isWhole ? end - 1 : end
        next.anchor = isWhole ? last?.hash ?? "" : ""
        return next
    }

    /// Whether rows before this place moved up while it was kept, so that some were missed.
    func missed(before page: CollectionPage<MemberDocument>) -> Bool {
        !anchor.isEmpty && !page.elements.contains { $0.hash == anchor }
    }

    /// The beginning of the stretch.
    var returned: WalkPlace {
        var place = self
        place.offset = 0
        place.anchor = ""
        place.returns += 1
        return place
    }

    /// The beginning of the next pass.
    var nextPass: WalkPlace {
        var place = WalkPlace()
        place.pass = pass + 1
        return place
    }
}
