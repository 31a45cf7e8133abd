import HTTPCalls
import Reconciliation

/// A contact as the service writes it, with everything that a PUT must carry so as not to lose it.
///
/// A PUT replaces: scalars that it leaves out become null, sub-resources that it leaves out stay
/// (constant-contact.md §6.3). Phones, street addresses, tags and notes are therefore neither read nor sent.
struct ContactDocument: Sendable {
    /// A value of one of the account's own fields.
    struct FieldValue: Sendable, Hashable {
        var fieldID: String
        var value: String?
        /// The chosen ones of a field with choices.
        var choiceIDs: [String] = []
    }

    var id = ""
    var address = ""
    /// As written; nil for a contact without email.
    var permission: String?
    var optInSource: String?
    var optInDate: String?
    var optOutSource: String?
    var optOutDate: String?
    var optOutReason: String?
    var firstName: String?
    var lastName: String?
    var jobTitle: String?
    var companyName: String?
    var birthdayMonth: Int?
    var birthdayDay: Int?
    var anniversary: String?
    var deletedAt: String?
    /// Nil when the answer did not tell.
    var lists: [String]?
    /// Nil when the answer did not tell.
    var fields: [FieldValue]?

    var isUnsubscribed: Bool { permission == Permission.unsubscribed.text }
    var isDeleted: Bool { deletedAt?.isEmpty == false }

    /// The contact in the engine's terms.
    ///
    /// - Parameter names: the names of the account's own fields by id; values of others are left out.
    func contact(fieldNames names: [String: String]) -> ProviderContact {
        var values: [String: String] = [:]
        for field in fields ?? [] {
            if let name = names[field.fieldID], let value = field.value { values[name] = value }
        }
        return ProviderContact(
            id: ContactID(id),
            email: address,
            permission: Permission(text: permission ?? ""),
            optOutBy: isUnsubscribed ? ContactActor(optOutSource) : .unknown,
            optOutAt: optOutDate.flatMap(ServiceTime.parse),
            optOutReason: optOutReason,
            optInBy: ContactActor(optInSource),
            optInAt: optInDate.flatMap(ServiceTime.parse),
            lists: Set((lists ?? []).map { ListID($0) }),
            listsWereRead: lists != nil,
            firstName: firstName ?? "",
            lastName: lastName ?? "",
            fields: values,
            isDeleted: isDeleted
        )
    }

    /// Reads one contact; nil when it has no id, and nothing can be done with it.
    static func read(_ reader: inout JSONReader) throws -> ContactDocument? {
        var document = ContactDocument()
        try reader.members { reader, key in
            switch key {
            case "contact_id": document.id = try reader.string() ?? ""
            case "email_address": try document.readAddress(&reader)
            case "first_name": document.firstName = try reader.string()
            case "last_name": document.lastName = try reader.string()
            case "job_title": document.jobTitle = try reader.string()
            case "company_name": document.companyName = try reader.string()
            case "birthday_month": document.birthdayMonth = try reader.integer()
            case "birthday_day": document.birthdayDay = try reader.integer()
            case "anniversary": document.anniversary = try reader.string()
            case "deleted_at": document.deletedAt = try reader.scalar()
            case "list_memberships": document.lists = try reader.strings()
            case "custom_fields": try document.readFields(&reader)
            default: try reader.skip()
            }
        }
        return document.id.isEmpty ? nil : document
    }

    private mutating func readAddress(_ reader: inout JSONReader) throws {
        try reader.members { reader, key in
            switch key {
            case "address": address = try reader.string() ?? ""
            case "permission_to_send": permission = try reader.string()
            case "opt_in_source": optInSource = try reader.string()
            case "opt_in_date": optInDate = try reader.string()
            case "opt_out_source": optOutSource = try reader.string()
            case "opt_out_date": optOutDate = try reader.string()
            case "opt_out_reason": optOutReason = try reader.string()
            default: try reader.skip()
            }
        }
    }

    private mutating func readFields(_ reader: inout JSONReader) throws {
        var found: [FieldValue] = []
        let isArray = try reader.elements { reader in
            var field = FieldValue(fieldID: "")
            try reader.members { reader, key in
                switch key {
                case "custom_field_id": field.fieldID = try reader.string() ?? ""
                case "value": field.value = try reader.scalar()
                case "choice_ids": field.choiceIDs = try reader.strings() ?? []
                default: try reader.skip()
                }
            }
            if !field.fieldID.isEmpty { found.append(field) }
        }
        if isArray { fields = found }
    }
}

extension ContactActor {
    /// Reads `opt_in_source` or `opt_out_source`, whose values are an open set (constant-contact.md §5.1).
    fileprivate init(_ source: String?) {
        switch source?.lowercased() {
        case "contact": self = .contact
        case "account": self = .account
        default: self = .unknown
        }
    }
}
