extension ConstantContactAPI {
    func createContact() throws -> SandboxResponse {
        var body = try body()
        let source = requiredSource("create_source", of: &body)
        let input = ContactInput(&body, api: self)
        if input.email == nil, input.scalars.firstName == nil, input.scalars.lastName == nil, input.smsAddress == nil,
            body.problems.isEmpty
        {
            body.complain("A contact needs an email address, a first name, a last name or a telephone number")
        }
        try body.finish()
        if let email = input.email, let owner = account.contact(address: email.address) {
            throw ConstantContactRefusal.conflict("Email already exists for contact \(owner.record.id)")
        }
        var record = ContactRecord(id: account.newID(), createdAt: now, updatedAt: now)
        record.createSource = source.rawValue
        record.updateSource = source.rawValue
        record.scalars = input.scalars
        record.smsAddress = input.smsAddress
        record.email = input.email.map { newEmail($0, by: source) }
        apply(input, to: &record)
        let slot = account.add(record)
        for list in input.lists ?? [] { account.join(slot, list, at: now) }
        return answer(slot, status: 201)
    }

    private func newEmail(_ input: ContactInput.Email, by source: ConsentActor) -> EmailState {
        var email = EmailState(
            address: input.address,
            permission: input.permission ?? (source == .contact ? "explicit" : "implicit"),
            createdAt: now,
            updatedAt: now
        )
        if email.isUnsubscribed {
            email.optOutSource = source.rawValue
            email.optOutDate = now
            email.optOutReason = input.optOutReason
        } else {
            email.optInSource = source.rawValue
            email.optInDate = now
        }
        if email.permission == "pending_confirmation" { email.confirmStatus = "pending" }
        return email
    }

    func updateContact(_ id: String) throws -> SandboxResponse {
        let slot = try existingContact(id)
        var body = try body()
        let source = requiredSource("update_source", of: &body)
        let input = ContactInput(&body, api: self)
        if slot.record.email != nil, input.email == nil, body.problems.isEmpty {
            body.complain("email_address is required")
        }
        if slot.record.isDeleted, source == .contact, body.problems.isEmpty {
            body.complain("Only the account can restore a deleted contact")
        }
        try body.finish()
        if let email = input.email, let owner = account.contact(address: email.address), owner !== slot {
            throw ConstantContactRefusal.conflict("Email already exists for contact \(owner.record.id)")
        }
        if let permission = input.email?.permission { try check(permission, for: slot.record, by: source) }

        account.update(slot, at: now) { record in
            record.deletedAt = nil
            record.scalars = input.scalars
            record.updateSource = source.rawValue
            record.updatedAt = now
            if let address = input.email?.address { setAddress(address, of: &record) }
            apply(input, to: &record)
        }
        if let email = input.email { applyConsent(email, to: slot, by: source) }
        if let lists = input.lists { replaceLists(of: slot, with: lists) }
        return answer(slot)
    }

    private func setAddress(_ address: String, of record: inout ContactRecord) {
        guard record.email?.address != address else { return }
        if record.email == nil {
            record.email = newEmail(.init(address: address), by: .account)
        } else {
            record.email?.address = address
            record.email?.updatedAt = now
        }
    }

    /// Refuses what an account may not do to a person who has opted out (§8, §9 item 32).
    private func check(_ permission: String, for record: ContactRecord, by source: ConsentActor) throws {
        guard let email = record.email, email.isUnsubscribed, permission != "unsubscribed" else { return }
        let returns = permission == "explicit" || (permission == "implicit" && source == .account)
        guard returns else {
            throw ConstantContactRefusal.invalid("An unsubscribed contact cannot become \(permission)")
        }
        if email.optOutSource == ConsentActor.contact.rawValue, source == .account {
            throw ConstantContactRefusal.invalid("The contact has opted out and only the contact can opt in again")
        }
    }

    private func applyConsent(_ input: ContactInput.Email, to slot: ContactSlot, by source: ConsentActor) {
        guard let permission = input.permission, let email = slot.record.email else { return }
        if permission == "unsubscribed" {
            // What the person said stands above what the account says, whichever came first.
            let isTightened = email.optOutSource != ConsentActor.contact.rawValue && source == .contact
            if !email.isUnsubscribed || isTightened {
                account.unsubscribe(slot, by: source, reason: input.optOutReason, at: now)
            }
        } else if permission != email.permission {
            account.optIn(slot, by: source, permission: permission, at: now)
        }
    }

    /// A given array is the complete set of lists; an unsubscribed contact gets none.
    private func replaceLists(of slot: ContactSlot, with lists: [ContactList]) {
        for ordinal in slot.record.lists where !lists.contains(where: { $0.ordinal == ordinal }) {
            account.leave(slot, account.lists[ordinal], at: now)
        }
        for list in lists { account.join(slot, list, at: now) }
    }

    /// Puts sub-resources other than lists into a contact, where they were given.
    private func apply(_ input: ContactInput, to record: inout ContactRecord) {
        if let fields = input.customFields { record.customFields = fields.filter { !$0.value.isEmpty } }
        if let taggings = input.taggings { record.taggings = taggings }
        if let phones = input.phoneNumbers {
            record.phoneNumbers = phones.map {
                PhoneNumber(id: account.newID(), number: $0.number, kind: $0.kind, createdAt: now, updatedAt: now)
            }
        }
        if let addresses = input.streetAddresses {
            record.streetAddresses = addresses.map {
                StreetAddress(
                    id: account.newID(),
                    kind: $0.kind,
                    street: $0.street,
                    city: $0.city,
                    state: $0.state,
                    postalCode: $0.postalCode,
                    country: $0.country,
                    createdAt: now,
                    updatedAt: now
                )
            }
        }
        if let notes = input.notes {
            record.notes = notes.map { ContactNote(id: account.newID(), createdAt: now, content: $0) }
        }
    }

    func deleteContact(_ id: String) throws -> SandboxResponse {
        let slot = try existingContact(id)
        guard !slot.record.isDeleted else { throw ConstantContactRefusal.notFound("contact") }
        account.delete(slot, at: now)
        return .empty(status: 204)
    }

    /// Sends the one confirmation mail that a contact may get; the contact stays unsubscribed until it is confirmed
    /// (§8, §9 item 31).
    func resubscribe(_ id: String) throws -> SandboxResponse {
        let slot = try existingContact(id)
        var body = try body()
        let lists = existingLists("list_ids", in: &body, most: AccountState.mostListsOfAContact, isRequired: true)
        try body.finish()
        guard slot.resubscribe == nil else {
            throw ConstantContactRefusal.conflict("The contact has been asked to resubscribe before")
        }
        guard slot.record.isUnsubscribed, !slot.record.isDeleted else {
            throw ConstantContactRefusal.invalid("The contact is not unsubscribed")
        }
        slot.resubscribe = (lists.map(\.ordinal), isConfirmed: false)
        account.resubscribeMails += 1
        return answer(slot)
    }

    /// Creates or changes a contact in the contact's own name; it turns even an opt-out into explicit consent (§8).
    func signUp() throws -> SandboxResponse {
        account.signUpFormCalls += 1
        var body = try body()
        let address = body.text("email_address", most: EmailSyntax.longestImported)
        if let address, !EmailSyntax.isValid(address) { body.complain("The email address is invalid") }
        if address == nil, body.problems.isEmpty { body.complain("email_address is required") }
        let scalars = ContactInput.scalars(&body)
        let lists = existingLists(
            "list_memberships",
            in: &body,
            most: AccountState.mostListsOfAContact,
            isRequired: true
        )
        try body.finish()
        guard let address else { throw ConstantContactRefusal.invalid("email_address is required") }

        let known = account.contact(address: address)
        let slot = known ?? account.add(signedUp(address))
        account.update(slot, at: now) { record in
            _ = record.scalars.merge(scalars)
            record.deletedAt = nil
            record.updatedAt = now
        }
        if slot.record.email?.permission != "explicit" {
            account.optIn(slot, by: .contact, permission: "explicit", at: now)
        }
        for list in lists { account.join(slot, list, at: now) }
        var writer = writer()
        writer.object {
            $0.field("contact_id", slot.record.id)
            $0.field("action", known == nil ? "created" : "updated")
        }
        return .json(writer.text, status: known == nil ? 201 : 200)
    }

    private func signedUp(_ address: String) -> ContactRecord {
        var record = ContactRecord(id: account.newID(), createdAt: now, updatedAt: now)
        record.createSource = ConsentActor.contact.rawValue
        record.updateSource = ConsentActor.contact.rawValue
        record.email = newEmail(.init(address: address), by: .contact)
        return record
    }

    private func requiredSource(_ name: String, of body: inout BodyReader) -> ConsentActor {
        let text = body.choice(name, of: ContactInput.sources)
        if text == nil, body.problems.isEmpty { body.complain("\(name) is required") }
        return text.flatMap(ConsentActor.init) ?? .account
    }
}
