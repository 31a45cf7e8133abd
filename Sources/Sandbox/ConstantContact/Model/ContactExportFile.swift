/// The file that an export makes: CSV with a line of titles (constant-contact.md §9 item 43).
enum ContactExportFile {
    /// The properties that can be exported, in the order of their columns.
    static let fields = [
        "email_address", "first_name", "last_name", "job_title", "company_name", "email_status", "email_optin_source",
        "email_optin_date", "email_optout_source", "email_optout_date", "email_optout_reason", "created_at",
        "updated_at",
    ]

    static func text(of export: ContactExport, in account: AccountState) -> (text: String, count: Int) {
        let wanted = export.fields.isEmpty ? fields : fields.filter(export.fields.contains)
        let columns = wanted.filter { !needsAddress($0) || wanted.contains("email_address") }
        let slots = export.selection.map { account.contacts(in: $0) } ?? account.contacts
        var text = columns.map(title).joined(separator: ",") + "\r\n"
        var count = 0
        for slot in slots where includes(slot.record, status: export.status) {
            text += columns.map { quoted(value($0, of: slot.record)) }.joined(separator: ",") + "\r\n"
            count += 1
        }
        return (text, count)
    }

    private static func includes(_ record: ContactRecord, status: String?) -> Bool {
        switch status {
        case nil, "all": !record.isDeleted
        case "active": record.isActive
        case "deleted": record.isDeleted
        default: !record.isDeleted && record.email?.permission == status
        }
    }

    private static func needsAddress(_ field: String) -> Bool { field.hasPrefix("email_opt") }

    private static func title(_ field: String) -> String {
        let words = field.replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    private static func value(_ field: String, of record: ContactRecord) -> String {
        switch field {
        case "email_address": record.email?.address ?? ""
        case "first_name": record.scalars.firstName ?? ""
        case "last_name": record.scalars.lastName ?? ""
        case "job_title": record.scalars.jobTitle ?? ""
        case "company_name": record.scalars.companyName ?? ""
        case "email_status": record.email?.permission ?? ""
        case "email_optin_source": record.email?.optInSource ?? ""
        case "email_optin_date": record.email?.optInDate.map(SandboxTime.iso8601) ?? ""
        case "email_optout_source": record.email?.optOutSource ?? ""
        case "email_optout_date": record.email?.optOutDate.map(SandboxTime.iso8601) ?? ""
        case "email_optout_reason": record.email?.optOutReason ?? ""
        case "created_at": SandboxTime.iso8601(record.createdAt)
        default: SandboxTime.iso8601(record.updatedAt)
        }
    }

    private static func quoted(_ value: String) -> String {
        guard value.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return value }
        return "\"" + value.replacing("\"", with: "\"\"") + "\""
    }
}
