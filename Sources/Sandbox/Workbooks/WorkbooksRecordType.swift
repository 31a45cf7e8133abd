/// A record type with its columns, in the order in which a whole record shows them.
final class WorkbooksRecordType: Sendable {
    let resource: WorkbooksResource
    let columns: [WorkbooksColumn]
    /// The number of stored values of a record.
    let slotCount: Int
    /// The stored columns by slot.
    let slots: [WorkbooksColumn]
    /// The slots whose values are indexed, in the order of their indexes.
    let indexedSlots: [Int]
    private let byName: [String: Int]
    private let byWireName: [String: Int]

    init(resource: WorkbooksResource, columns: [WorkbooksColumn]) {
        self.resource = resource
        self.columns = columns
        var stored: [Int: WorkbooksColumn] = [:]
        for column in columns { if case .slot(let slot) = column.source { stored[slot] = column } }
        slotCount = stored.count
        slots = stored.keys.sorted().compactMap { stored[$0] }
        indexedSlots = stored.keys.sorted().filter { stored[$0]?.isIndexed == true }
        byName = Dictionary(columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        byWireName = Dictionary(columns.enumerated().map { ($1.wireName, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The column with this name for reading.
    func column(named name: String) -> WorkbooksColumn? { byName[name].map { columns[$0] } }

    /// The column with this name for writing.
    func column(wireName: String) -> WorkbooksColumn? { byWireName[wireName].map { columns[$0] } }

    /// The slot of a stored column; a name that the type does not have is a mistake of the sandbox.
    func slot(_ name: String) -> Int {
        guard let column = column(named: name), case .slot(let slot) = column.source else {
            preconditionFailure("\(resource.path) stores no \(name)")
        }
        return slot
    }
}

/// Builds the columns of a record type; the order of calls is the order of slots, so what most records have comes first.
struct WorkbooksColumnBuilder {
    private var columns: [WorkbooksColumn] = []
    private var nextSlot = 0

    mutating func stored(
        _ datatype: WorkbooksColumn.Datatype,
        _ names: String...,
        initial: WorkbooksValue? = nil,
        readOnly: Bool = false,
        required: Bool = false,
        showsBlank: Bool = false,
        indexed: Bool = false,
        toldOnce: Bool = false
    ) {
        for name in names {
            var column = WorkbooksColumn(name: name, datatype: datatype, source: .slot(nextSlot))
            column.initial = initial ?? (datatype == .boolean ? .bool(false) : .null)
            column.isCreateable = !readOnly
            column.isUpdateable = !readOnly
            column.isRequired = required
            column.showsBlank = showsBlank
            column.isIndexed = indexed
            column.isToldOnce = toldOnce
            columns.append(column)
            nextSlot += 1
        }
    }

    mutating func computed(
        _ name: String,
        _ datatype: WorkbooksColumn.Datatype,
        _ source: WorkbooksColumn.Source,
        showsBlank: Bool = false
    ) {
        var column = WorkbooksColumn(name: name, datatype: datatype, source: source)
        column.isCreateable = false
        column.isUpdateable = false
        column.showsBlank = showsBlank
        columns.append(column)
    }

    /// The slot that the next stored column gets.
    var upcomingSlot: Int { nextSlot }

    /// Attributes that every type has and the sandbox computes (§9, common attributes).
    mutating func system() {
        computed("id", .integer, .id)
        computed("lock_version", .integer, .lockVersion)
        computed("type", .string, .className)
        computed("object_ref", .string, .objectReference)
        computed("created_at", .datetime, .createdAt)
        computed("updated_at", .datetime, .updatedAt)
        computed("created_by", .integer, .createdBy)
        computed("updated_by", .integer, .updatedBy)
        computed("is_deleted", .boolean, .isDeleted)
    }

    /// Attributes that every CRM record has beyond those (§9, V LIVE25).
    mutating func ownership() {
        for (name, column) in [
            ("created_by_user", WorkbooksColumn.UserColumn.createdBy), ("updated_by_user", .updatedBy),
            ("owner", .owner),
        ] {
            computed("\(name)[person_name]", .string, .user(column, login: false))
            computed("\(name)[login_name]", .string, .user(column, login: true))
        }
        computed("object_url", .string, .objectURL)
        for name in ["_can_chaccess", "_can_chown", "_can_delete", "_can_modify", "_can_read"] {
            computed(name, .boolean, .constant(.bool(true)))
        }
        computed("watched", .boolean, .constant(.bool(false)))
        stored(.integer, "owner_id", initial: .int(7))
        stored(.integer, "assigned_to", initial: .int(1))
        computed("queue_entry[queue_id]", .integer, .constant(.int(1)))
        computed("queue_entry[queue[name]]", .string, .constant(.text("Unassigned")))
        computed("queue_entry[updated_at]", .datetime, .createdAt)
        stored(.boolean, "imported", readOnly: true)
    }

    func build(_ resource: WorkbooksResource) -> WorkbooksRecordType {
        WorkbooksRecordType(resource: resource, columns: columns)
    }
}
