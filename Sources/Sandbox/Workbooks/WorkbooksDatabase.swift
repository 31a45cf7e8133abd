/// Everything that a Workbooks database holds; a copy of it is a backup.
struct WorkbooksDatabase: Sendable {
    /// A user whose name records show.
    struct User: Sendable {
        let id: Int
        let personName: String
        let loginName: String
    }

    /// The user that the API key runs as.
    static let apiUser = 2
    /// The system's own user, the API's user and two operators.
    static let users = [
        User(id: 1, personName: "System", loginName: "system@example.org"),
        User(id: 2, personName: "Causeway API", loginName: "api@example.org"),
        User(id: 7, personName: "Petra Operator", loginName: "petra@example.org"),
        User(id: 8, personName: "Oskar Operator", loginName: "oskar@example.org"),
    ]

    /// No database at all: what stands in for one that is being worked on.
    static let empty = WorkbooksDatabase(tables: [])

    private(set) var tables: [WorkbooksTable]
    /// The last id of people, organisations and the parties behind leads, which share one sequence (workbooks.md §9).
    private var lastParty = 4_310_000
    private var lastID: [Int] = WorkbooksResource.allCases.map { resource in
        switch resource {
        case .salesLeads: 1_330_400
        case .campaigns: 5_299
        case .membershipStatuses: 900
        case .memberships: 77_119
        default: 100
        }
    }

    /// A database without records.
    init() {
        self.init(tables: WorkbooksSchema.types.map(WorkbooksTable.init))
    }

    private init(tables: [WorkbooksTable]) {
        self.tables = tables
    }

    subscript(_ resource: WorkbooksResource) -> WorkbooksTable {
        get { tables[resource.rawValue] }
        _modify { yield &tables[resource.rawValue] }
    }

    /// The next id of a type.
    mutating func makeID(_ resource: WorkbooksResource) -> Int {
        if resource == .people || resource == .organisations { return makePartyID() }
        lastID[resource.rawValue] += 1
        return lastID[resource.rawValue]
    }

    /// The next id of a party; ids are not contiguous.
    mutating func makePartyID() -> Int {
        lastParty += lastParty % 3 == 0 ? 2 : 1
        return lastParty
    }

    /// The value of a column of a record.
    func value(_ column: WorkbooksColumn, _ record: WorkbooksRecord, _ type: WorkbooksRecordType) -> WorkbooksValue {
        switch column.source {
        case .slot(let slot): return record.value(slot, of: type)
        case .id: return .int(record.id)
        case .lockVersion: return .int(record.lockVersion)
        case .createdAt: return .int(record.createdAt)
        case .updatedAt: return .int(record.updatedAt)
        case .createdBy: return .int(record.createdBy)
        case .updatedBy: return .int(record.updatedBy)
        case .isDeleted: return .bool(record.isDeleted)
        case .className: return .text(type.resource.className)
        case .objectReference: return .text(Self.reference(type.resource, record.id))
        case .objectURL:
            return .text("https://sandbox.workbooks.example/link/=kDM2gDN/" + Self.reference(type.resource, record.id))
        case .constant(let value): return value
        case .user(let field, let login): return user(field, record, type, login: login)
        case .linkedName(let resource, let slot):
            guard let id = record.value(slot, of: type).int else { return .null }
            return name(resource, id)
        case .memberName:
            guard let id = record.value(type.slot("party_or_lead_id"), of: type).int,
                let className = record.value(type.slot("party_or_lead_type"), of: type).text,
                let resource = WorkbooksResource(className: className)
            else { return .null }
            return name(resource, id)
        }
    }

    /// The permanent reference of a record, such as `CAMP-41500`.
    static func reference(_ resource: WorkbooksResource, _ id: Int) -> String {
        "\(resource.reference.prefix)-\(id + resource.reference.offset)"
    }

    private func name(_ resource: WorkbooksResource, _ id: Int) -> WorkbooksValue {
        let table = self[resource]
        guard let record = table.record(id), let column = table.type.column(named: "name") else { return .null }
        return value(column, record, table.type)
    }

    private func user(
        _ field: WorkbooksColumn.UserColumn,
        _ record: WorkbooksRecord,
        _ type: WorkbooksRecordType,
        login: Bool
    ) -> WorkbooksValue {
        let id =
            switch field {
            case .createdBy: record.createdBy
            case .updatedBy: record.updatedBy
            case .owner: record.value(type.slot("owner_id"), of: type).int ?? 0
            }
        guard let user = Self.users.first(where: { $0.id == id }) else { return .null }
        return .text(login ? user.loginName : user.personName)
    }
}
