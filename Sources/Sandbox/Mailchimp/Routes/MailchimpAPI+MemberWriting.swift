/// Writing members one at a time (mailchimp.md §5).
extension MailchimpAPI {
    func createMember(in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let input = try MemberInput(try body().object, for: .create)
        if let address = input.address, audience.member(address: address) != nil {
            throw MailchimpProblem.memberExists(address)
        }
        let member = try create(input, status: input.status ?? .subscribed, in: audience)
        return json(member, of: audience)
    }

    func putMember(_ name: String, in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let input = try MemberInput(try body().object, for: .upsert)
        let address = input.address ?? ""
        if let member = audience.member(named: name) {
            try update(member, with: input, in: audience)
            return json(member, of: audience)
        }
        // A hash of another spelling names nobody, and the address is taken (§5).
        if audience.member(address: address) != nil { throw MailchimpProblem.memberExists(address) }
        guard name == MailchimpDigest.subscriberHash(address) || name.lowercased() == address.lowercased() else {
            throw MailchimpProblem.invalid("email_address", "The address does not belong to the hash in the path.")
        }
        guard let status = input.status ?? input.statusIfNew else {
            throw MailchimpProblem.invalid("status_if_new", "This value should not be blank.")
        }
        return json(try create(input, status: status, in: audience), of: audience)
    }

    func updateMember(_ name: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let member = try member(name, in: audience)
        try update(member, with: try MemberInput(try body().object, for: .update), in: audience)
        return json(member, of: audience)
    }

    func archiveMember(_ name: String, of list: String) throws -> SandboxJSON? {
        let audience = try account.audience(list)
        let member = try member(name, in: audience)
        switch member.status {
        case .archived, .pending, .cleaned: throw MailchimpProblem.notArchivable
        case .subscribed, .unsubscribed, .transactional: break
        }
        account.events += audience.setStatus(member, to: .archived, occasion)
        member.lastChanged = now
        return nil
    }

    func eraseMember(_ name: String, of list: String) throws -> SandboxJSON? {
        let audience = try account.audience(list)
        let member = try memberByHash(name, in: audience)
        if member.status == .subscribed {
            account.events.append(audience.unsubscription(of: member, action: "delete", occasion))
        }
        audience.forgotten.insert(member.id)
        audience.erase(member)
        return nil
    }

    /// A member named by its hash, where an address or a contact id will not do (§4).
    func memberByHash(_ name: String, in audience: Audience) throws -> AudienceMember {
        let member = try member(name, in: audience)
        guard member.id == name else { throw MailchimpProblem.notFound }
        return member
    }

    // MARK: The rules

    /// Makes a member.
    ///
    /// - Throws: `MailchimpProblem` for an address that is refused or a value that a field does not take.
    func create(_ input: MemberInput, status: MemberStatus, in audience: Audience) throws -> AudienceMember {
        let address = input.address ?? ""
        let spelling = address.lowercased()
        if audience.forgotten.contains(MailchimpDigest.subscriberHash(address)) {
            throw MailchimpProblem.forgotten(address)
        }
        if options.fakeAddresses.contains(where: { $0.lowercased() == spelling }) {
            throw MailchimpProblem.invalid(
                detail: "\(address) looks fake or invalid, please enter a real email address."
            )
        }
        if options.overusedAddresses.contains(where: { $0.lowercased() == spelling }) {
            throw MailchimpProblem.invalid(
                detail: "\(address) has signed up to a lot of lists very recently; we're not allowing more signups "
                    + "for now"
            )
        }
        if options.review == .compliance, status == .subscribed || status == .pending {
            throw MailchimpProblem.compliance(address)
        }
        let values = try mergeValues(input, of: nil, in: audience)
        let member = audience.insert(address, status: status, contactID: account.hex(32), at: now)
        apply(input, values, to: member, of: audience)
        switch status {
        case .subscribed:
            member.timestampOpt = member.timestampOpt ?? now
            audience.count(at: now) { $0.otherAdds += 1 }
            account.events.append(audience.subscription(of: member, occasion))
        case .pending: audience.awaitConfirmation(of: member, at: now)
        case .unsubscribed, .cleaned:
            audience.depart(member, occasion)
            member.hasBounced = status == .cleaned
        case .transactional, .archived: break
        }
        addTags(input.tags, to: member, of: audience)
        return member
    }

    /// Changes a member.
    ///
    /// - Throws: `MailchimpProblem` for a status or an address that is refused, or a value that a field does not take.
    func update(_ member: AudienceMember, with input: MemberInput, in audience: Audience) throws {
        if let status = input.status, let problem = refusal(of: status, for: member) { throw problem }
        let old = member.address
        var isRenamed = false
        if let address = input.address, MailchimpDigest.subscriberHash(address) != member.id {
            if audience.member(address: address) != nil { throw MailchimpProblem.memberExists(address) }
            if audience.forgotten.contains(MailchimpDigest.subscriberHash(address)) {
                throw MailchimpProblem.forgotten(address)
            }
            isRenamed = true
        }
        let values = try mergeValues(input, of: member, in: audience)
        if isRenamed, let address = input.address { audience.rename(member, to: address) }
        let isChanged = apply(input, values, to: member, of: audience)
        if let status = input.status {
            account.events += audience.setStatus(member, to: status, occasion)
        }
        member.lastChanged = now
        if isRenamed {
            account.events += addressEvents(of: member, from: old, in: audience, occasion)
        } else if isChanged {
            account.events.append(audience.profile(of: member, occasion))
        }
    }

    /// The pair of events of one change of address, in either order (§9, §13 item 42).
    func addressEvents(
        of member: AudienceMember,
        from old: String,
        in audience: Audience,
        _ occasion: Audience.Occasion
    ) -> [MailchimpEvent] {
        let pair = [audience.addressChange(of: member, from: old, occasion), audience.profile(of: member, occasion)]
        return account.fraction() < 0.5 ? pair : pair.reversed()
    }

    /// Why a client may not give a member a status; nil when it may (§5, the table of transitions).
    func refusal(of status: MemberStatus, for member: AudienceMember) -> MailchimpProblem? {
        guard status != member.status else { return nil }
        switch status {
        case .subscribed:
            if member.isOptedOutByPerson || member.hasBounced { return .compliance(member.address) }
            let wasUnsubscribed = member.status == .unsubscribed
            if wasUnsubscribed, options.refusesEveryResubscribe { return .compliance(member.address) }
            return options.review == .compliance ? .compliance(member.address) : nil
        case .pending: return member.hasBounced ? .compliance(member.address) : nil
        case .unsubscribed, .cleaned, .transactional, .archived: return nil
        }
    }

    /// The values to store, checked against the definitions; those of undefined tags are dropped silently (§7).
    private func mergeValues(
        _ input: MemberInput,
        of member: AudienceMember?,
        in audience: Audience
    ) throws -> [String: SandboxJSON] {
        var values: [String: SandboxJSON] = [:]
        var errors: [MailchimpProblem.FieldError] = []
        for field in audience.mergeFields {
            if let given = input.mergeFields?[field.tag] {
                do {
                    values[field.tag] = try field.stored(given)
                } catch let error as MergeValueError {
                    errors.append(MailchimpProblem.FieldError(field: field.tag, message: error.message))
                    continue
                }
            }
            let value = values[field.tag] ?? member?.mergeFields[field.tag]
            if field.isRequired, !query.flag("skip_merge_validation"), MergeField.isEmpty(value) {
                errors.append(MailchimpProblem.FieldError(field: field.tag, message: "Please enter a value"))
            }
        }
        if !errors.isEmpty { throw MailchimpProblem.mergeFields(errors) }
        return values
    }

    /// Writes what a body says about a member, but for status and address.
    ///
    /// - Returns: whether anything that a profile shows is different now.
    @discardableResult
    private func apply(
        _ input: MemberInput,
        _ values: [String: SandboxJSON],
        to member: AudienceMember,
        of audience: Audience
    ) -> Bool {
        let fields = member.mergeFields, interests = member.interests
        member.mergeFields.merge(values) { $1 }
        let known = Set(audience.categories.flatMap(\.interests).map(\.id))
        for (id, isChosen) in input.interests where known.contains(id) {
            if isChosen { member.interests.insert(id) } else { member.interests.remove(id) }
        }
        for (id, isGiven) in input.permissions where audience.permissions.contains(where: { $0.id == id }) {
            if isGiven { member.permissions.insert(id) } else { member.permissions.remove(id) }
        }
        if let type = input.emailType { member.emailType = type }
        if let language = input.language { member.language = language }
        if let isVIP = input.isVIP { member.isVIP = isVIP }
        if let latitude = input.latitude, let longitude = input.longitude {
            (member.latitude, member.longitude) = (latitude, longitude)
        }
        if let ip = input.ipSignup { member.ipSignup = ip }
        if let ip = input.ipOpt { member.ipOpt = ip }
        if let time = input.timestampSignup { member.timestampSignup = time }
        if let time = input.timestampOpt { member.timestampOpt = time }
        return member.mergeFields != fields || member.interests != interests
    }
}
