/// One page of contacts, as collections show them.
struct ContactPage {
    var records: [ContactRecord] = []
    /// Where the next page starts; nil on the last one.
    var next: Int?
    /// How many contacts match in all; nil when that was not asked for.
    var total: Int?

    /// Walks the contacts that a filter selects, in the order of their creation.
    init(
        _ filter: ContactFilter,
        in account: AccountState,
        page: PageRequest,
        counting: Bool,
        options: ConstantContactOptions,
        at now: Double
    ) {
        let candidates = filter.candidates(in: account)
        let seenAt = account.replicationLag > 0 ? now - account.replicationLag : nil
        func match(_ ordinal: Int) -> ContactRecord? {
            let slot = account.contacts[ordinal]
            if let seenAt {
                guard let seen = slot.record(seenAt: seenAt) else { return nil }
                return filter.matches(seen) ? seen : nil
            }
            return filter.matches(slot.record) ? slot.record : nil
        }
        func following(_ ordinal: Int) -> Int? {
            guard let candidates else { return ordinal < account.contacts.count ? ordinal : nil }
            return candidates.first(from: ordinal)
        }

        let start = filter.start(in: account)
        // A position is the ordinal of the next row, or the number of rows before it, which shifts under changes.
        var toSkip = options.countsRowsInCursors ? page.position : 0
        var cursor = following(options.countsRowsInCursors ? start : max(start, page.position))
        while let ordinal = cursor {
            if let record = match(ordinal) {
                if toSkip > 0 {
                    toSkip -= 1
                } else if records.count == page.limit {
                    next = options.countsRowsInCursors ? page.position + page.limit : ordinal
                    break
                } else {
                    records.append(record)
                }
            }
            cursor = following(ordinal + 1)
        }
        guard counting else { return }
        var count = 0
        var counted = following(start)
        while let ordinal = counted {
            if match(ordinal) != nil { count += 1 }
            counted = following(ordinal + 1)
        }
        total = count
    }
}
