/// What an account holds, written out for tests: the truth, without replication lag, pages or permissions.
struct ConstantContactStateView {
    let account: AccountState

    /// Everything, as JSON; contacts can be left out where there are many.
    func state(requestsToday: Int, withContacts: Bool) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("account", account.id)
            writer.field("contact_count", account.contacts.count - account.deleted.count)
            if withContacts {
                writer.array("contacts", account.contacts) { writer, slot in writer.object { write(slot, to: &$0) } }
            }
            writer.array("lists", account.lists) { writer, list in writer.object { write(list, to: &$0) } }
            writer.array("custom_fields", account.customFields) { writer, field in
                writer.object {
                    $0.field("custom_field_id", field.id)
                    $0.field("label", field.label)
                    $0.field("name", field.name)
                }
            }
            writer.array("activities", account.activities) { writer, activity in
                writer.object { write(activity, to: &$0) }
            }
            // A bridge that does what it should leaves both at 0 (§8).
            writer.field("sign_up_form_calls", account.signUpFormCalls)
            writer.field("resubscribe_mails", account.resubscribeMails)
            writer.field("requests_today", requestsToday)
        }
        return writer.text
    }

    /// The contact of an address in an array, or every contact.
    func contacts(address: String?) throws -> String {
        let slots = address.map { account.contact(address: $0).map { [$0] } ?? [] } ?? account.contacts
        var writer = JSONWriter()
        writer.array(slots) { writer, slot in writer.object { write(slot, to: &$0) } }
        return writer.text
    }

    /// The addresses of everyone on a list, in alphabetical order.
    func members(ofList id: String) throws -> String {
        guard let list = account.list(id: id) else { throw ConstantContactRefusal.notFound("list") }
        let addresses = list.members.members.compactMap { account.contacts[$0].record.email?.address }
        var writer = JSONWriter()
        writer.array(addresses.sorted()) { writer, address in writer.string(address) }
        return writer.text
    }

    private func write(_ slot: ContactSlot, to writer: inout JSONWriter) {
        let record = slot.record
        writer.field("contact_id", record.id)
        writer.field("email", record.email?.address)
        writer.field("permission_to_send", record.email?.permission)
        writer.field("opt_in_source", record.email?.optInSource)
        writer.field("opt_out_source", record.email?.optOutSource)
        writer.field("opt_out_date", record.email?.optOutDate.map(SandboxTime.iso8601))
        writer.field("opt_out_reason", record.email?.optOutReason)
        writer.field("first_name", record.scalars.firstName)
        writer.field("last_name", record.scalars.lastName)
        writer.field("company_name", record.scalars.companyName)
        writer.field("job_title", record.scalars.jobTitle)
        writer.object("custom_fields") { writer in
            for value in record.customFields {
                writer.field(account.customField(id: value.field)?.name ?? value.field, value.value)
            }
        }
        writer.field("update_source", record.updateSource)
        writer.field("updated_at", SandboxTime.iso8601(record.updatedAt))
        writer.field("deleted_at", record.deletedAt.map(SandboxTime.iso8601))
        writer.strings("lists", record.lists.map { account.lists[$0].name })
        writer.strings("list_ids", record.lists.map { account.lists[$0].id })
    }

    private func write(_ list: ContactList, to writer: inout JSONWriter) {
        writer.field("list_id", list.id)
        writer.field("name", list.name)
        writer.field("deleted", list.deletedAt != nil)
        writer.field("members", list.members.count)
        writer.field("active_members", list.members.count(excluding: account.inactive))
    }

    private func write(_ activity: BulkActivity, to writer: inout JSONWriter) {
        writer.field("activity_id", activity.id)
        writer.field("kind", activity.work.kind)
        writer.field("finished", activity.isFinished)
        writer.field("outcome", activity.outcome.text)
        writer.field("items", activity.total)
        writer.field("errors", activity.errors)
        writer.field("correctable", activity.correctable)
        writer.field("cannot_add_to_list", activity.notAddable)
        writer.strings("messages", activity.messages)
    }
}

extension BulkWork {
    fileprivate var kind: String {
        switch self {
        case .importContacts: "import"
        case .addMemberships: "add"
        case .removeMemberships: "remove"
        case .deleteContacts: "delete-contacts"
        case .deleteLists: "delete-lists"
        case .export: "export"
        }
    }
}

extension ActivityOutcome {
    fileprivate var text: String {
        switch self {
        case .completes: "completed"
        case .stuck: "stuck"
        case .ends(let state, _): state
        }
    }
}
