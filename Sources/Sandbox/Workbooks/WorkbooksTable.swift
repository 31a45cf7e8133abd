/// The records of one type, with what makes the bridge's questions cheap: order by id, order by update, equality indexes.
///
/// A value type, so that a snapshot of the whole database is a copy that costs nothing until something changes.
struct WorkbooksTable: Sendable {
    let type: WorkbooksRecordType
    /// In ascending order.
    private(set) var ids: [Int] = []
    /// In the order of `ids`.
    private(set) var records: [WorkbooksRecord] = []
    /// Packed (updated_at, id) in ascending order, where an entry counts only while its record still has that time.
    private(set) var updates: [Int] = []
    /// For each indexed slot, the ids that have a value, by the value as a filter names it, ascending.
    private var postings: [[String: [Int]]]

    private static let idBits = 30

    init(type: WorkbooksRecordType) {
        self.type = type
        postings = Array(repeating: [:], count: type.indexedSlots.count)
    }

    /// The position of a record in `records`; nil when there is none.
    func position(of id: Int) -> Int? {
        let position = lowerBound(ids, id)
        return position < ids.count && ids[position] == id ? position : nil
    }

    /// The record with this id, deleted and hidden ones included.
    func record(_ id: Int) -> WorkbooksRecord? { position(of: id).map { records[$0] } }

    /// The ids of records with this value in an indexed slot; nil when the slot has no index.
    func ids(slot: Int, key: String) -> [Int]? {
        type.indexedSlots.firstIndex(of: slot).map { postings[$0][key] ?? [] }
    }

    /// The range of `updates` from one second to another, both included.
    func updates(from first: Int, through last: Int) -> Range<Int> {
        let lower = lowerBound(updates, Self.pack(max(first, 0), 0))
        let upper = lowerBound(updates, Self.pack(min(max(last, -1), 1 << 32) + 1, 0))
        return lower..<max(lower, upper)
    }

    /// The record that an entry of `updates` stands for; nil when the record has changed since.
    func record(ofUpdate entry: Int) -> WorkbooksRecord? {
        guard let position = position(of: entry & (1 << Self.idBits - 1)),
            records[position].updatedAt == entry >> Self.idBits
        else { return nil }
        return records[position]
    }

    /// Adds records with ids above all others at once; used for seeding.
    mutating func load(_ added: [WorkbooksRecord]) {
        for record in added {
            ids.append(record.id)
            records.append(record)
            updates.append(Self.pack(record.updatedAt, record.id))
            index(record)
        }
        updates.sort()
    }

    /// Puts a record in, in the place of the one with its id where there is one.
    mutating func put(_ record: WorkbooksRecord) {
        let position = lowerBound(ids, record.id)
        if position < ids.count, ids[position] == record.id {
            unindex(records[position], unlessAs: record)
            records[position] = record
        } else {
            ids.insert(record.id, at: position)
            records.insert(record, at: position)
        }
        index(record)
        let entry = Self.pack(record.updatedAt, record.id)
        let place = lowerBound(updates, entry)
        if place == updates.count || updates[place] != entry { updates.insert(entry, at: place) }
        if updates.count > 2 * records.count + 1000 { dropStaleUpdates() }
    }

    /// Takes a record out as if it had never been: how the creation of a failed transaction is undone.
    mutating func remove(_ id: Int) {
        guard let position = position(of: id) else { return }
        unindex(records[position], unlessAs: nil)
        ids.remove(at: position)
        records.remove(at: position)
    }

    /// The text by which a value is found in an index; nil for a value that no equality filter finds.
    static func indexKey(_ value: WorkbooksValue) -> String? {
        switch value {
        case .null: nil
        case .bool(let flag): flag ? "1" : "0"
        case .int(let number): String(number)
        case .text(let text): text.lowercased()
        }
    }

    private mutating func dropStaleUpdates() {
        var kept: [Int] = []
        for entry in updates where record(ofUpdate: entry) != nil { kept.append(entry) }
        updates = kept
    }

    private mutating func index(_ record: WorkbooksRecord) {
        for (number, slot) in type.indexedSlots.enumerated() where slot < record.values.count {
            guard let key = Self.indexKey(record.values[slot]) else { continue }
            Self.insert(record.id, into: &postings[number][key, default: []])
        }
    }

    private mutating func unindex(_ record: WorkbooksRecord, unlessAs replacement: WorkbooksRecord?) {
        for (number, slot) in type.indexedSlots.enumerated() where slot < record.values.count {
            if let replacement, replacement.value(slot, of: type) == record.values[slot] { continue }
            guard let key = Self.indexKey(record.values[slot]) else { continue }
            postings[number][key]?.removeAll { $0 == record.id }
        }
    }

    private static func insert(_ id: Int, into ids: inout [Int]) {
        guard let last = ids.last, last >= id else { return ids.append(id) }
        let place = lowerBound(ids, id)
        if ids[place] != id { ids.insert(id, at: place) }
    }

    private static func pack(_ second: Int, _ id: Int) -> Int { second << idBits | id }
}

/// The first position whose element is not below `value`, in an ascending array.
func lowerBound(_ sorted: [Int], _ value: Int) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
        let middle = (low + high) / 2
        if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
}
