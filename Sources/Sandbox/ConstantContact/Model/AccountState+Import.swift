extension AccountState {
    /// Carries out the first rows of an import, and counts what came of each in the activity.
    func runImport(
        _ rows: ArraySlice<ImportRow>,
        lists ids: [String],
        activity: BulkActivity,
        refusesUnknownFields: Bool,
        at now: Double
    ) {
        // A list that was deleted while the import waited has no members to get.
        let targets = ids.compactMap { list(id: $0) }
        let fields = Dictionary(customFields.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        for (index, row) in rows.enumerated() {
            // Line 1 of an import is its header, in JSON too (§6.2).
            let line = index + 2
            if let problem = ImportRules.problem(of: row, knownFields: refusesUnknownFields ? fields : nil) {
                if problem.isCorrectable { activity.correctable += 1 } else { activity.errors += 1 }
                activity.messages.append("Line \(line): \(problem.text)")
                continue
            }
            let slot = importedContact(row, fields: fields, at: now)
            if slot.record.isUnsubscribed {
                // Counted, and never named: who it was shows only in a poll of opt-outs.
                activity.notAddable += 1
                continue
            }
            if addImported(slot, to: targets, at: now) {
                activity.errors += 1
                activity.messages.append("Line \(line): The contact is on the maximum number of lists")
            }
        }
        activity.completed = rows.count
    }

    /// Puts an imported contact on the lists; true when one of them was a list too many.
    private func addImported(_ slot: ContactSlot, to targets: [ContactList], at now: Double) -> Bool {
        var joined = false
        var isFull = false
        for list in targets {
            switch join(slot, list, at: now) {
            case .joined: joined = true
            case .full: isFull = true
            case .wasThere, .unsubscribed: break
            }
        }
        if joined { slot.record.updatedAt = now }
        return isFull
    }

    /// The contact of a row, made where it is new and changed where the row says something else about it.
    private func importedContact(_ row: ImportRow, fields: [String: String], at now: Double) -> ContactSlot {
        let known = row.email.flatMap { contact(address: $0) }
        guard let slot = known else { return add(newContact(row, fields: fields, at: now)) }
        var record = slot.record
        let changed = apply(row, fields: fields, to: &record, at: now)
        if changed || record.isDeleted {
            record.deletedAt = nil
            record.updateSource = ConsentActor.account.rawValue
            record.updatedAt = now
            update(slot, at: now) { $0 = record }
        }
        return slot
    }

    private func newContact(_ row: ImportRow, fields: [String: String], at now: Double) -> ContactRecord {
        var record = ContactRecord(id: newID(), createdAt: now, updatedAt: now)
        record.createSource = ConsentActor.account.rawValue
        record.updateSource = ConsentActor.account.rawValue
        record.smsAddress = row.smsNumber
        if let address = row.email {
            record.email = EmailState(
                address: address,
                permission: "implicit",
                createdAt: now,
                updatedAt: now,
                optInSource: ConsentActor.account.rawValue,
                optInDate: now
            )
        }
        _ = apply(row, fields: fields, to: &record, at: now)
        return record
    }

    /// Writes what a row says into a contact; properties that the row leaves out or empty stay (§6.2).
    private func apply(
        _ row: ImportRow,
        fields: [String: String],
        to record: inout ContactRecord,
        at now: Double
    ) -> Bool {
        var changed = record.scalars.merge(row.scalars)
        for (name, value) in row.customFields {
            guard let field = fields[name] else { continue }
            if let index = record.customFields.firstIndex(where: { $0.field == field }) {
                guard record.customFields[index].value != value else { continue }
                record.customFields[index].value = value
            } else {
                record.customFields.append((field, value))
            }
            changed = true
        }
        for phone in row.phones where !record.phoneNumbers.contains(where: { $0.number == phone.number }) {
            record.phoneNumbers.removeAll { $0.kind == phone.kind }
            record.phoneNumbers.append(
                PhoneNumber(id: newID(), number: phone.number, kind: phone.kind, createdAt: now, updatedAt: now)
            )
            changed = true
        }
        for street in row.streets {
            let kept = record.streetAddresses.first { $0.kind == street.kind }
            let address = StreetAddress(
                id: kept?.id ?? newID(),
                kind: street.kind,
                street: street.street ?? kept?.street,
                city: street.city ?? kept?.city,
                state: street.state ?? kept?.state,
                postalCode: street.postalCode ?? kept?.postalCode,
                country: street.country ?? kept?.country,
                createdAt: kept?.createdAt ?? now,
                updatedAt: kept?.updatedAt ?? now
            )
            if address == kept { continue }
            record.streetAddresses.removeAll { $0.kind == street.kind }
            record.streetAddresses.append(address)
            changed = true
        }
        return changed
    }
}

extension ContactScalars {
    /// Takes over what another set of properties has; true when that changed anything.
    mutating func merge(_ other: ContactScalars) -> Bool {
        let before = self
        firstName = other.firstName ?? firstName
        lastName = other.lastName ?? lastName
        jobTitle = other.jobTitle ?? jobTitle
        companyName = other.companyName ?? companyName
        birthdayMonth = other.birthdayMonth ?? birthdayMonth
        birthdayDay = other.birthdayDay ?? birthdayDay
        anniversary = other.anniversary ?? anniversary
        return self != before
    }
}

/// What a row of an import must be (constant-contact.md §6.2, §9 item 25).
enum ImportRules {
    /// Why a row is not imported.
    ///
    /// Correctable ones wait in the product for a human.
    struct Problem {
        var text: String
        var isCorrectable: Bool
    }

    static let mostCustomFields = 25

    /// What is wrong with a row; nil when nothing is.
    ///
    /// - Parameter knownFields: the custom fields by name; nil when unknown ones are to be passed over.
    static func problem(of row: ImportRow, knownFields: [String: String]?) -> Problem? {
        if row.email == nil, row.smsNumber == nil {
            return Problem(text: "The contact has no email address", isCorrectable: true)
        }
        if let email = row.email {
            guard EmailSyntax.isValid(email) else { return Problem(text: "Invalid email address", isCorrectable: true) }
            guard email.utf8.count <= EmailSyntax.longestImported else {
                return Problem(text: "The email address is too long", isCorrectable: false)
            }
        }
        let scalars = row.scalars
        if let text = DayRules.problem(month: scalars.birthdayMonth, day: scalars.birthdayDay) {
            return Problem(text: text, isCorrectable: true)
        }
        if let anniversary = scalars.anniversary, !DayRules.isAnniversary(anniversary) {
            return Problem(text: "Invalid anniversary", isCorrectable: true)
        }
        for (name, value) in [
            ("first_name", scalars.firstName), ("last_name", scalars.lastName), ("job_title", scalars.jobTitle),
            ("company_name", scalars.companyName),
        ] where isLonger(value, than: 50) {
            return Problem(text: "\(name) is too long", isCorrectable: false)
        }
        return problem(ofFields: row.customFields, known: knownFields)
    }

    private static func problem(
        ofFields fields: [(name: String, value: String)],
        known: [String: String]?
    ) -> Problem? {
        if fields.count > mostCustomFields {
            return Problem(text: "More than \(mostCustomFields) custom fields", isCorrectable: false)
        }
        for (name, value) in fields {
            if isLonger(value, than: 255) {
                return Problem(text: "The value of custom field \(name) is too long", isCorrectable: false)
            }
            if let known, known[name] == nil {
                return Problem(text: "There is no custom field \(name)", isCorrectable: false)
            }
        }
        return nil
    }

    /// Whether a text has more characters than allowed.
    ///
    /// Most are short enough in bytes, which is quicker to see.
    private static func isLonger(_ text: String?, than most: Int) -> Bool {
        guard let text, text.utf8.count > most else { return false }
        return text.count > most
    }
}
