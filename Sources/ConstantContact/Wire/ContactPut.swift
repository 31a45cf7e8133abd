import HTTPCalls
import Reconciliation

/// The body of a `PUT /contacts/{id}`: what was read, changed where it is to change.
///
/// Every scalar goes along, since a PUT clears those that it leaves out. The permission does not, unless the contact
/// is unsubscribed or is to be: repeating a permission that was read a moment ago could undo an opt-out that came in
/// between (design §8).
struct ContactPut: Sendable {
    /// What the PUT does to the permission.
    enum PermissionChange: Sendable {
        /// Says nothing of it; says `unsubscribed` again where that is what was read.
        case keep
        case unsubscribe(reason: String)
        /// To `implicit`; only to take back an unsubscribe of Causeway's own.
        case takeBack
    }

    /// The longest reason that the service takes (constant-contact.md §5.1).
    private static let longestReason = 255

    var read: ContactDocument
    var permission: PermissionChange = .keep
    /// The new address; nil to keep the one that was read.
    var address: String?
    /// The complete new set; nil to leave it alone.
    var lists: [ListID]?
    /// The complete new set; nil to leave it alone.
    var fields: [ContactDocument.FieldValue]?

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writeAddress(to: &writer)
            writer.member("first_name", read.firstName)
            writer.member("last_name", read.lastName)
            writer.member("job_title", read.jobTitle)
            writer.member("company_name", read.companyName)
            if let month = read.birthdayMonth, let day = read.birthdayDay {
                writer.key("birthday_month")
                writer.integer(month)
                writer.key("birthday_day")
                writer.integer(day)
            }
            writer.member("anniversary", read.anniversary)
            writer.member("update_source", "Account")
            if let fields { writer.fields(fields) }
            if let lists { writer.lists("list_memberships", lists) }
        }
    }

    private func writeAddress(to writer: inout JSONWriter) {
        let address = address ?? read.address
        // A contact without email (SMS only) must not get an empty one.
        guard !address.isEmpty else { return }
        writer.key("email_address")
        writer.object { writer in
            writer.member("address", address)
            switch permission {
            case .keep where read.isUnsubscribed:
                writer.member("permission_to_send", Permission.unsubscribed.text)
                writer.member("opt_out_reason", read.optOutReason)
            case .keep:
                break
            case .unsubscribe(let reason):
                writer.member("permission_to_send", Permission.unsubscribed.text)
                writer.member("opt_out_reason", String(reason.prefix(Self.longestReason)))
            case .takeBack:
                writer.member("permission_to_send", Permission.implicit.text)
            }
        }
    }
}

extension JSONWriter {
    mutating func lists(_ name: StaticString, _ lists: [ListID]) {
        key(name)
        array { writer in
            for list in lists { writer.string(list.rawValue) }
        }
    }

    mutating func fields(_ fields: [ContactDocument.FieldValue]) {
        key("custom_fields")
        array { writer in
            for field in fields {
                writer.object { writer in
                    writer.member("custom_field_id", field.fieldID)
                    writer.member("value", field.value)
                    if !field.choiceIDs.isEmpty {
                        writer.key("choice_ids")
                        writer.array { writer in
                            for choice in field.choiceIDs { writer.string(choice) }
                        }
                    }
                }
            }
        }
    }
}
