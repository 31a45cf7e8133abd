/// The reading of a list: which records, in which order, which part of them (workbooks.md §3).
struct WorkbooksQuery: Sendable {
    /// Why a query cannot be answered; it becomes a 406.
    struct Unsuitable: Error {
        let text: String
    }

    /// What a query found.
    struct Found {
        var records: [WorkbooksRecord]
        /// All matches, or the records found when the total is skipped.
        var total: Int
    }

    private struct SortKey {
        let column: WorkbooksColumn
        let isDescending: Bool
    }

    /// The largest page (workbooks.md §3.1).
    static let mostRows = 100

    let type: WorkbooksRecordType
    let selection: WorkbooksSelection
    private let sort: [SortKey]
    private let start: Int
    private let limit: Int
    private let skipsTotal: Bool

    /// Reads the parameters of a list call.
    ///
    /// - Throws: `Unsuitable` for an unknown field or operator, an unreadable criterion, expression or number.
    init(_ parameters: WorkbooksParameters, type: WorkbooksRecordType, now: Int) throws {
        self.type = type
        selection = try WorkbooksSelection(parameters, type: type, now: now)
        let directions = parameters.array("_dir")
        sort = try parameters.array("_sort").enumerated().map { index, name in
            guard let column = type.column(named: name) else { throw Unsuitable(text: "Unknown sort field: \(name)") }
            let direction = index < directions.count ? directions[index].uppercased() : "ASC"
            return SortKey(column: column, isDescending: direction == "DESC")
        }
        // A page size without an offset is ignored.
        if let offset = parameters.last("_start") {
            guard let start = Int(offset), start >= 0, let limit = Int(parameters.last("_limit") ?? "100"), limit >= 0
            else { throw Unsuitable(text: "_start and _limit must be numbers") }
            self.start = start
            self.limit = min(limit, Self.mostRows)
        } else {
            start = 0
            limit = Self.mostRows
        }
        skipsTotal = parameters.isTrue("__skip_total_rows") || parameters.isTrue("_skip_total_rows")
    }

    /// Finds the records, by the cheapest way that the filters allow.
    func run(on database: WorkbooksDatabase) -> Found {
        let table = database[type.resource]
        var page = Page(start: start, limit: limit, stopsWhenFull: skipsTotal)
        let byUpdate = isSorted(by: ["updated_at", "id"]) || isSorted(by: ["updated_at"])
        let byID = isSorted(by: ["id"])
        let candidates = selection.candidates(in: table)
        let times = selection.bounds(of: "updated_at")
        let updates = times.map { table.updates(from: $0.lowerBound, through: $0.upperBound) }

        if byUpdate, candidates.map({ $0.count > 1000 }) ?? true {
            for entry in table.updates[updates ?? 0..<table.updates.count] {
                guard let record = table.record(ofUpdate: entry), selection.includes(record, in: database) else {
                    continue
                }
                if !page.add(record) { break }
            }
        } else if byID, let updates, updates.count < min(candidates?.count ?? .max, table.ids.count) / 4 {
            gather(table.updates[updates].lazy.compactMap { table.record(ofUpdate: $0) }, database, into: &page)
        } else if byID {
            let ids = candidates.map { $0[...] } ?? selection.idRange(of: table.ids[...])
            for id in ids {
                guard let record = table.record(id), selection.includes(record, in: database) else { continue }
                if !page.add(record) { break }
            }
        } else if let candidates {
            gather(candidates.lazy.compactMap { table.record($0) }, database, into: &page)
        } else if let updates, updates.count < table.ids.count {
            gather(table.updates[updates].lazy.compactMap { table.record(ofUpdate: $0) }, database, into: &page)
        } else {
            gather(table.records.lazy, database, into: &page)
        }
        return Found(records: page.records, total: skipsTotal ? page.records.count : page.seen)
    }

    /// Collects every match, orders them, and fills the page.
    private func gather(
        _ records: some Sequence<WorkbooksRecord>,
        _ database: WorkbooksDatabase,
        into page: inout Page
    ) {
        var matches: [WorkbooksRecord] = []
        for record in records where selection.includes(record, in: database) { matches.append(record) }
        if sort.isEmpty {
            for index in Self.arbitraryOrder(of: matches.count) where !page.add(matches[index]) { return }
        } else {
            let keyed = matches.map { record in
                (keys: sort.map { database.value($0.column, record, type) }, record: record)
            }
            for (_, record) in keyed.sorted(by: { precedes($0.keys, $1.keys, ties: ($0.record.id, $1.record.id)) })
            where !page.add(record) { return }
        }
    }

    /// An order that is the same each time and means nothing: what a list without `_sort` comes in (§3.3).
    private static func arbitraryOrder(of count: Int) -> [Int] {
        guard count > 2 else { return Array((0..<count).reversed()) }
        var stride = count * 5 / 8 | 1
        while greatestCommonDivisor(stride, count) != 1 { stride += 2 }
        return (0..<count).map { ($0 * stride + count / 3) % count }
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }

    private func precedes(_ left: [WorkbooksValue], _ right: [WorkbooksValue], ties: (Int, Int)) -> Bool {
        for (index, key) in sort.enumerated() {
            let order = Self.compare(left[index], right[index])
            if order != 0 { return key.isDescending ? order > 0 : order < 0 }
        }
        // What the sort leaves equal is in no particular order, but in the same one each time.
        return ties.0 &* 2_654_435_761 % 1_000_003 < ties.1 &* 2_654_435_761 % 1_000_003
    }

    /// Below, at or above zero; null comes first.
    private static func compare(_ left: WorkbooksValue, _ right: WorkbooksValue) -> Int {
        switch (left, right) {
        case (.int(let first), .int(let second)): first < second ? -1 : first > second ? 1 : 0
        case (.bool(let first), .bool(let second)): (first ? 1 : 0) - (second ? 1 : 0)
        case (.text(let first), .text(let second)):
            first.lowercased() < second.lowercased() ? -1 : first.lowercased() > second.lowercased() ? 1 : 0
        case (.null, .null): 0
        case (.null, _): -1
        default: 1
        }
    }

    private func isSorted(by names: [String]) -> Bool {
        sort.map(\.column.name) == names && sort.allSatisfy { !$0.isDescending }
    }

    /// The part of the matches that a call asked for.
    private struct Page {
        let start: Int
        let limit: Int
        let stopsWhenFull: Bool
        var seen = 0
        var records: [WorkbooksRecord] = []

        /// Takes the next match; false when no further one is needed.
        mutating func add(_ record: WorkbooksRecord) -> Bool {
            seen += 1
            if seen > start, records.count < limit { records.append(record) }
            return !(stopsWhenFull && seen >= start + limit)
        }
    }
}
