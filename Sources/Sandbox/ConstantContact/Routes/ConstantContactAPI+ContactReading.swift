extension ConstantContactAPI {
    /// The sub-resources of a contact, which appear only when a request names them (§9 item 20).
    private static let subresources: Set<String> = [
        "custom_fields", "list_memberships", "phone_numbers", "street_addresses", "taggings", "notes",
    ]

    func contacts() throws -> SandboxResponse {
        let page = try PageRequest(request, collection: "contacts")
        let filter = try ContactFilter(page, in: account)
        let included = try included(page.values("include"))
        let found = ContactPage(
            filter,
            in: account,
            page: page,
            counting: try page.flag("include_count"),
            options: options,
            at: now
        )
        var writer = writer()
        writer.object { writer in
            writer.array("contacts", found.records) { writer, record in
                writer.object { write(record, including: included, to: &$0) }
            }
            if let total = found.total { writer.field("contacts_count", total) }
            writeLinks(next: found.next.map { page.next(from: $0) }, to: &writer)
            writeUnknown(to: &writer)
        }
        return .json(writer.text)
    }

    /// A deleted contact is still found by its id (§9 item 24).
    func contact(_ id: String) throws -> SandboxResponse {
        let included = try included(request.queryValue("include")?.split(separator: ",").map(String.init))
        return answer(try existingContact(id), including: included)
    }

    func contactCounts() -> SandboxResponse {
        var writer = writer()
        writer.object {
            $0.field("total", account.contacts.count - account.deleted.count)
            for (name, permission) in [
                ("explicit", "explicit"), ("implicit", "implicit"), ("pending", "pending_confirmation"),
                ("unsubscribed", "unsubscribed"),
            ] {
                $0.field(name, account.permissionCounts[permission] ?? 0)
            }
            if request.queryValue("include") == "new_subscriber" {
                let recent = account.contacts.count { slot in
                    slot.record.isActive && now - (slot.record.email?.optInDate ?? 0) < 30 * 86_400
                }
                $0.field("new_subscriber", recent)
            }
        }
        return .json(writer.text)
    }

    func existingContact(_ id: String) throws -> ContactSlot {
        guard let slot = account.contact(id: id.lowercased()) else { throw ConstantContactRefusal.notFound("contact") }
        return slot
    }

    /// A contact as an answer; without names of sub-resources it has all of them.
    func answer(_ slot: ContactSlot, status: Int = 200, including included: Set<String>? = nil) -> SandboxResponse {
        var writer = writer()
        writer.object { write(slot.record, including: included ?? Self.subresources, to: &$0) }
        return .json(writer.text, status: status)
    }

    private func included(_ names: [String]?) throws -> Set<String> {
        let names = Set(names ?? [])
        guard names.isSubset(of: Self.subresources) else {
            throw ConstantContactRefusal.invalid("include has an unknown value")
        }
        return names
    }

    private func write(_ record: ContactRecord, including included: Set<String>, to writer: inout JSONWriter) {
        writer.field("contact_id", record.id)
        if let email = record.email { writer.object("email_address") { write(email, to: &$0) } }
        writer.field("first_name", record.scalars.firstName)
        writer.field("last_name", record.scalars.lastName)
        writer.field("job_title", record.scalars.jobTitle)
        writer.field("company_name", record.scalars.companyName)
        writer.field("birthday_month", record.scalars.birthdayMonth)
        writer.field("birthday_day", record.scalars.birthdayDay)
        writer.field("anniversary", record.scalars.anniversary)
        writer.field("update_source", record.updateSource)
        writer.field("create_source", record.createSource)
        writer.field("created_at", stamps.text(record.createdAt))
        writer.field("updated_at", stamps.text(record.updatedAt))
        writer.field("deleted_at", record.deletedAt.map(Timestamps.day))
        if !included.isEmpty { writeSubresources(of: record, included, to: &writer) }
        if let number = record.smsAddress {
            writer.object("sms_channel") {
                $0.field("sms_address", number)
                $0.field("dial_code", "1")
                $0.field("country_code", "US")
            }
        }
        writeUnknown(to: &writer)
    }

    private func write(_ email: EmailState, to writer: inout JSONWriter) {
        writer.field("address", email.address)
        writer.field("permission_to_send", email.permission)
        writer.field("created_at", stamps.text(email.createdAt))
        writer.field("updated_at", stamps.text(email.updatedAt))
        writer.field("opt_in_source", email.optInSource)
        writer.field("opt_in_date", stamps.text(email.optInDate))
        // Shown only as long as the contact is unsubscribed (§5.1).
        if email.isUnsubscribed {
            writer.field("opt_out_source", email.optOutSource)
            writer.field("opt_out_date", stamps.text(email.optOutDate))
            writer.field("opt_out_reason", email.optOutReason)
        }
        writer.field("confirm_status", email.confirmStatus)
    }

    private func writeSubresources(of record: ContactRecord, _ included: Set<String>, to writer: inout JSONWriter) {
        if included.contains("custom_fields") {
            writer.array("custom_fields", record.customFields) { writer, field in
                writer.object {
                    $0.field("custom_field_id", field.field)
                    $0.field("value", field.value)
                }
            }
        }
        if included.contains("phone_numbers") {
            writer.array("phone_numbers", record.phoneNumbers) { writer, phone in
                writer.object {
                    $0.field("phone_number_id", phone.id)
                    $0.field("phone_number", phone.number)
                    $0.field("kind", phone.kind)
                    $0.field("created_at", stamps.text(phone.createdAt))
                    $0.field("updated_at", stamps.text(phone.updatedAt))
                }
            }
        }
        if included.contains("street_addresses") {
            writer.array("street_addresses", record.streetAddresses) { writer, address in
                writer.object { write(address, to: &$0) }
            }
        }
        if included.contains("list_memberships") {
            writer.strings("list_memberships", record.lists.map { account.lists[$0].id })
        }
        if included.contains("taggings") { writer.strings("taggings", record.taggings) }
        if included.contains("notes") {
            writer.array("notes", record.notes) { writer, note in
                writer.object {
                    $0.field("note_id", note.id)
                    $0.field("created_at", stamps.text(note.createdAt))
                    $0.field("content", note.content)
                }
            }
        }
    }

    private func write(_ address: StreetAddress, to writer: inout JSONWriter) {
        writer.field("street_address_id", address.id)
        writer.field("kind", address.kind)
        writer.field("street", address.street)
        writer.field("city", address.city)
        writer.field("state", address.state)
        writer.field("postal_code", address.postalCode)
        writer.field("country", address.country)
        writer.field("created_at", stamps.text(address.createdAt))
        writer.field("updated_at", stamps.text(address.updatedAt))
    }
}
