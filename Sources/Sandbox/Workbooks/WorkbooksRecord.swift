/// One record of any type.
struct WorkbooksRecord: Sendable {
    var id: Int
    var lockVersion = 0
    /// Whole epoch seconds.
    var createdAt: Int
    /// Whole epoch seconds.
    var updatedAt: Int
    var createdBy: Int
    var updatedBy: Int
    var isDeleted = false
    /// Whether the API's user may not see the record: it is as good as absent, and no delta says so (workbooks.md §5.4).
    var isHidden = false
    /// The stored values by slot; what lies beyond the end has its column's initial value.
    var values: [WorkbooksValue] = []

    /// The stored value of a slot.
    func value(_ slot: Int, of type: WorkbooksRecordType) -> WorkbooksValue {
        slot < values.count ? values[slot] : type.slots[slot].initial
    }

    /// Stores a value.
    mutating func set(_ slot: Int, _ value: WorkbooksValue, of type: WorkbooksRecordType) {
        while values.count <= slot { values.append(type.slots[values.count].initial) }
        values[slot] = value
    }
}
