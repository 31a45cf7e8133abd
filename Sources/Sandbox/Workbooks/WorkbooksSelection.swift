/// Which records the filters of a call select (workbooks.md §3.5, §3.7).
struct WorkbooksSelection: Sendable {
    let type: WorkbooksRecordType
    let filters: [WorkbooksFilter]
    private let expression: WorkbooksFilterExpression
    /// Whether any filter names `is_deleted`, which makes deleted records visible.
    private let showsDeleted: Bool

    /// Reads `_ff`/`_ft`/`_fc`, `_filter_json` and `_fm`.
    ///
    /// - Throws: `WorkbooksQuery.Unsuitable` for what cannot be read.
    init(_ parameters: WorkbooksParameters, type: WorkbooksRecordType, now: Int) throws {
        self.type = type
        let names = parameters.array("_ff")
        let operators = parameters.array("_ft")
        let criteria = parameters.array("_fc")
        guard names.count == operators.count, names.count == criteria.count else {
            throw WorkbooksQuery.Unsuitable(text: "_ff, _ft and _fc differ in length")
        }
        var triples = zip(zip(names, operators), criteria).map { ($0.0, $0.1, $1) }
        for text in parameters.array("_filter_json") { triples += try Self.triples(fromJSON: text) }
        filters = try triples.map { name, operatorName, criterion in
            guard let column = type.column(named: name) else {
                throw WorkbooksQuery.Unsuitable(text: "Unknown filter field: \(name)")
            }
            guard
                let filter = WorkbooksFilter(column: column, operator: operatorName, criterion: criterion, now: now)
            else {
                throw WorkbooksQuery.Unsuitable(text: "Unsuitable filter: \(name) \(operatorName) \(criterion)")
            }
            return filter
        }
        let mode = parameters.array("_fm").last
        guard let expression = WorkbooksFilterExpression.read(filters.isEmpty ? nil : mode, filters: filters.count)
        else { throw WorkbooksQuery.Unsuitable(text: "Unsuitable _fm: \(mode ?? "")") }
        self.expression = expression
        showsDeleted = filters.contains { $0.column.name == "is_deleted" }
    }

    /// Whether there is any filter at all.
    var isEmpty: Bool { filters.isEmpty }

    /// Whether a record is visible and passes.
    func includes(_ record: WorkbooksRecord, in database: WorkbooksDatabase) -> Bool {
        if record.isHidden || (record.isDeleted && !showsDeleted) { return false }
        return passes(expression, record, database)
    }

    /// The ids, ascending, of a set that contains every match, where indexes can tell; nil where they cannot.
    func candidates(in table: WorkbooksTable) -> [Int]? {
        candidates(expression, table).map { Array(idRange(of: $0[...])) }
    }

    /// The part of ascending ids within the bounds that the filters set on `id`.
    func idRange(of ids: ArraySlice<Int>) -> ArraySlice<Int> {
        guard let bounds = bounds(of: "id"), !ids.isEmpty else { return ids }
        let array = Array(ids)
        let lower = lowerBound(array, bounds.lowerBound)
        let upper = bounds.upperBound == .max ? array.count : lowerBound(array, bounds.upperBound + 1)
        return array[lower..<max(lower, upper)]
    }

    /// The bounds that all matches keep in an integer or datetime column; nil when the filters set none.
    func bounds(of name: String) -> ClosedRange<Int>? {
        var result: ClosedRange<Int>?
        for index in conjuncts(expression) where filters[index].column.name == name {
            guard let bounds = filters[index].bounds else { continue }
            let known = result ?? Int.min...Int.max
            let lower = max(known.lowerBound, bounds.lowerBound)
            result = lower...max(lower, min(known.upperBound, bounds.upperBound))
        }
        return result
    }

    /// The filters that every match passes.
    private func conjuncts(_ expression: WorkbooksFilterExpression) -> [Int] {
        switch expression {
        case .filter(let index): [index]
        case .and(let parts): parts.flatMap(conjuncts)
        default: []
        }
    }

    private func candidates(_ expression: WorkbooksFilterExpression, _ table: WorkbooksTable) -> [Int]? {
        switch expression {
        case .filter(let index): return candidates(filters[index], table)
        case .and(let parts):
            return parts.compactMap { candidates($0, table) }.min { $0.count < $1.count }
        case .or(let parts):
            guard !parts.isEmpty else { return nil }
            var union: Set<Int> = []
            for part in parts {
                guard let found = candidates(part, table) else { return nil }
                union.formUnion(found)
            }
            return union.sorted()
        case .not, .exclusiveOr: return nil
        }
    }

    private func candidates(_ filter: WorkbooksFilter, _ table: WorkbooksTable) -> [Int]? {
        guard let keys = filter.equalityKeys else { return nil }
        switch filter.column.source {
        case .id: return keys.compactMap { Int($0) }.sorted()
        case .slot(let slot) where filter.column.isIndexed:
            if keys.count == 1 { return table.ids(slot: slot, key: keys[0]) }
            var union: Set<Int> = []
            for key in keys { union.formUnion(table.ids(slot: slot, key: key) ?? []) }
            return union.sorted()
        default: return nil
        }
    }

    private func passes(
        _ expression: WorkbooksFilterExpression,
        _ record: WorkbooksRecord,
        _ database: WorkbooksDatabase
    ) -> Bool {
        switch expression {
        case .filter(let index):
            return filters[index].passes(database.value(filters[index].column, record, type))
        case .not(let inner): return !passes(inner, record, database)
        case .and(let parts):
            for part in parts where !passes(part, record, database) { return false }
            return true
        case .or(let parts):
            for part in parts where passes(part, record, database) { return true }
            return parts.isEmpty
        case .exclusiveOr(let left, let right):
            return passes(left, record, database) != passes(right, record, database)
        }
    }

    private static func triples(fromJSON text: String) throws -> [(String, String, String)] {
        guard let elements = SandboxJSON(parsing: text)?.arrayValue else {
            throw WorkbooksQuery.Unsuitable(text: "_filter_json is no array")
        }
        return try elements.map { element in
            guard let parts = element.arrayValue, parts.count == 3, let name = parts[0].stringValue,
                let operatorName = parts[1].stringValue
            else { throw WorkbooksQuery.Unsuitable(text: "A filter is [field, operator, criterion]") }
            return (name, operatorName, parts[2].stringValue ?? WorkbooksParameters.text(parts[2]))
        }
    }
}
