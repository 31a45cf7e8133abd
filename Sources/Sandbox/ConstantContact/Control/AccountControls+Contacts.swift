extension AccountControls {
    /// Makes contacts that were in the account before: strangers, people with a permission of their own, contacts that
    /// are known by telephone only.
    ///
    /// Nothing is checked, so odd values can be planted (§9 item 50).
    func createContacts(_ body: ControlBody) throws -> SandboxResponse {
        guard let several = body.object["contacts"]?.arrayValue else {
            let slot = try create(body)
            return .json(["contact_id": .string(slot.record.id)])
        }
        let ids = try several.map { entry in
            guard let object = entry.objectValue else { throw ConstantContactRefusal.malformed("contacts has objects") }
            return SandboxJSON.string(try create(ControlBody(object: object)).record.id)
        }
        return .json(["contact_ids": .array(ids)])
    }

    private func create(_ body: ControlBody) throws -> ContactSlot {
        let address = body.optionalText("email")
        if let address, account.contact(address: address) != nil {
            throw ConstantContactRefusal.conflict("A contact has this address")
        }
        let time = body.optionalText("created_at").flatMap(SandboxTime.parseISO8601) ?? now
        var record = ContactRecord(id: account.newID(), createdAt: time, updatedAt: time)
        record.createSource = body.optionalText("create_source") ?? ConsentActor.account.rawValue
        record.updateSource = record.createSource
        record.scalars.firstName = body.optionalText("first_name")
        record.scalars.lastName = body.optionalText("last_name")
        record.scalars.companyName = body.optionalText("company_name")
        record.scalars.jobTitle = body.optionalText("job_title")
        record.smsAddress = body.optionalText("sms_address")
        record.email = address.map { email($0, body, at: time) }
        let slot = account.add(record)
        for id in body.texts("list_ids") ?? [] {
            guard let list = account.list(id: id) else { throw ConstantContactRefusal.notFound("list") }
            account.join(slot, list, at: now)
        }
        if body.object["deleted"]?.boolValue == true { account.delete(slot, at: now) }
        return slot
    }

    private func email(_ address: String, _ body: ControlBody, at time: Double) -> EmailState {
        var email = EmailState(
            address: address,
            permission: body.optionalText("permission_to_send") ?? "implicit",
            createdAt: time,
            updatedAt: time
        )
        if email.isUnsubscribed {
            email.optOutSource = body.optionalText("opt_out_source") ?? ConsentActor.contact.rawValue
            email.optOutDate = body.optionalText("opt_out_date").flatMap(SandboxTime.parseISO8601) ?? time
            email.optOutReason = body.optionalText("opt_out_reason")
        } else {
            email.optInSource = body.optionalText("opt_in_source") ?? ConsentActor.account.rawValue
            email.optInDate = time
        }
        return email
    }
}
