/// What recipients and the owner of an account do in the product, where no call of the API shows it.
struct AccountControls {
    let account: AccountState
    let now: Double

    /// Carries out a control by its name; nil when there is no such control.
    ///
    /// - Throws: `ConstantContactRefusal` when somebody or something that it names is not there.
    func act(_ name: String, _ body: ControlBody) throws -> SandboxResponse? {
        switch name {
        case "unsubscribe": try unsubscribe(body)
        case "leave-list": account.leave(try contact(body), try list(body), at: now)
        case "opt-in": try comeBack(body, by: .contact, permission: "explicit")
        case "owner-resubscribe": try comeBack(body, by: .account, permission: "implicit")
        case "confirm-resubscribe": try confirmResubscribe(body)
        case "delete-contact": account.delete(try contact(body), at: now)
        case "change-address": try changeAddress(body)
        case "create-contact": return try createContacts(body)
        case "rename-list":
            let list = try list(body)
            account.rename(list, to: try body.text("name"))
            list.updatedAt = now
        case "delete-list": account.delete(try list(body), at: now)
        case "delete-custom-field":
            let name = body.optionalText("custom_field_id") ?? body.optionalText("name") ?? ""
            guard let field = account.customField(id: name) ?? account.customField(name: name) else {
                throw ConstantContactRefusal.notFound("custom field")
            }
            account.deleteCustomField(id: field.id, at: now)
        case "send-email", "resend-email", "delete-email", "report-event": return try mail(name, body)
        case "activities": try planOutcomes(body)
        default: return nil
        }
        return .json([:])
    }

    func contact(_ body: ControlBody) throws -> ContactSlot {
        guard let slot = account.contact(address: try body.text("email")) else {
            throw ConstantContactRefusal.notFound("contact")
        }
        return slot
    }

    private func list(_ body: ControlBody) throws -> ContactList {
        guard let list = account.list(id: try body.text("list_id")) else {
            throw ConstantContactRefusal.notFound("list")
        }
        return list
    }

    func lists(_ body: ControlBody) throws -> [ContactList] {
        try (body.texts("list_ids") ?? []).map { id in
            guard let list = account.list(id: id) else { throw ConstantContactRefusal.notFound("list") }
            return list
        }
    }

    private func unsubscribe(_ body: ControlBody) throws {
        let slot = try contact(body)
        let actor: ConsentActor = body.optionalText("by") == "account" ? .account : .contact
        account.unsubscribe(slot, by: actor, reason: body.optionalText("reason"), at: now)
        // Only the link in a mail leaves a trace in that mail's report.
        if body.optionalText("campaign_activity_id") != nil { try report("em_optouts", on: slot, body) }
    }

    /// Like an opt-out, a return by a link changes the email address and leaves `contact.updated_at` alone.
    private func comeBack(_ body: ControlBody, by actor: ConsentActor, permission: String) throws {
        let slot = try contact(body)
        let lists = try lists(body)
        account.optIn(slot, by: actor, permission: permission, at: now)
        for list in lists { account.join(slot, list, at: now) }
    }

    private func confirmResubscribe(_ body: ControlBody) throws {
        let slot = try contact(body)
        guard let waiting = slot.resubscribe, !waiting.isConfirmed else {
            throw ConstantContactRefusal.conflict("No confirmation is awaited")
        }
        slot.resubscribe?.isConfirmed = true
        account.optIn(slot, by: .contact, permission: "explicit", at: now)
        account.update(slot, at: now) { $0.email?.confirmStatus = "confirmed" }
        for ordinal in waiting.lists where account.lists[ordinal].deletedAt == nil {
            account.join(slot, account.lists[ordinal], at: now)
        }
    }

    private func changeAddress(_ body: ControlBody) throws {
        let slot = try contact(body)
        let address = try body.text("to")
        if let owner = account.contact(address: address), owner !== slot {
            throw ConstantContactRefusal.conflict("Another contact has this address")
        }
        account.update(slot, at: now) { record in
            record.email?.address = address
            record.email?.updatedAt = now
            record.updateSource = ConsentActor.contact.rawValue
            record.updatedAt = now
        }
    }

    private func planOutcomes(_ body: ControlBody) throws {
        let outcome = try body.text("outcome")
        let share = body.object["share"]?.doubleValue ?? 0.5
        let planned: ActivityOutcome =
            switch outcome {
            case "completed": .completes
            case "stuck": .stuck
            default: .ends(state: outcome, share: share)
            }
        account.plannedOutcomes += Array(repeating: planned, count: body.integer("count") ?? 1)
    }
}
