/// One attribute of a record type (workbooks.md §4, §9): its names, its datatype, and where its value lives.
struct WorkbooksColumn: Sendable {
    /// The datatypes of §4, with the names that metadata gives them.
    enum Datatype: String, Sendable {
        case boolean, integer, string, text, date, datetime, currency
        case picklist = "picklist_data"
    }

    /// Where the value comes from.
    enum Source: Sendable {
        case id, lockVersion, createdAt, updatedAt, createdBy, updatedBy, isDeleted, objectReference, className
        case objectURL
        /// A constant of every record.
        case constant(WorkbooksValue)
        /// A stored value.
        case slot(Int)
        /// The name, or the login name, of the user whose id another column has.
        case user(UserColumn, login: Bool)
        /// The name of the record of another type whose id the slot has.
        case linkedName(WorkbooksResource, slot: Int)
        /// The name of the Person, Lead or Organisation that a membership stands for.
        case memberName
    }

    /// A column that has the id of a user.
    enum UserColumn: Sendable { case createdBy, updatedBy, owner }

    /// The name for reading, such as `org_lead_party[main_location[email]]`.
    let name: String
    /// The name for writing, such as `org_lead_party[main_location][email]` (§6.2).
    let wireName: String
    let datatype: Datatype
    let source: Source
    var isCreateable = true
    var isUpdateable = true
    var isRequired = false
    /// Whether an absent value is shown as an empty string rather than as null (§4).
    var showsBlank = false
    /// The value of a record that never had one.
    var initial: WorkbooksValue = .null
    /// Whether only the answer to the creation has the value; whoever reads the record later finds null.
    var isToldOnce = false
    /// Whether equality filters find their rows without a scan.
    var isIndexed = false

    /// The name as the key of a JSON object, with its colon.
    let jsonKey: String

    init(name: String, datatype: Datatype, source: Source) {
        self.name = name
        self.datatype = datatype
        self.source = source
        wireName = Self.unnested(name)
        jsonKey = SandboxJSON.quoted(name) + ":"
    }

    /// The longest text that is accepted; nil for no limit, and for what is no text.
    var maximumLength: Int? { datatype == .string || datatype == .picklist ? 255 : nil }

    /// The words of the name, as a user sees them.
    var title: String {
        let words = name.split(whereSeparator: { "_[]".contains($0) })
        let text = words.joined(separator: " ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    /// `a[b[c]]` as `a[b][c]`.
    static func unnested(_ name: String) -> String {
        let parts = name.split(whereSeparator: { $0 == "[" || $0 == "]" })
        guard let head = parts.first else { return name }
        return head + parts.dropFirst().map { "[\($0)]" }.joined()
    }
}
