/// Creates, changes and deletes records under the rules of workbooks.md §6 and §9, with a way back.
struct WorkbooksWriter {
    /// Why a row was refused.
    enum Failure: Error {
        /// A sentence for `failures`.
        case refused(String)
        /// What is wrong with single attributes, for `errors`.
        case invalid([String: String])
    }

    /// What became of a row.
    struct Written {
        var record: WorkbooksRecord
        /// The attributes that the answer shows.
        var columns: [WorkbooksColumn]
    }

    static let stale = "This record cannot be saved since it has already been updated elsewhere."

    private(set) var database: WorkbooksDatabase
    /// Whole epoch seconds.
    let now: Int
    /// The id of the user who writes.
    let user: Int
    /// What new records are stamped with.
    let createdThrough: String
    /// Whether attributes that clients may not write are written all the same, as Workbooks itself does.
    let isPrivileged: Bool
    private var undo: [(resource: WorkbooksResource, id: Int, before: WorkbooksRecord?)] = []

    init(database: WorkbooksDatabase, now: Int, user: Int, createdThrough: String, isPrivileged: Bool = false) {
        self.database = database
        self.now = now
        self.user = user
        self.createdThrough = createdThrough
        self.isPrivileged = isPrivileged
    }

    /// What was created and not undone, in order.
    var created: [(resource: WorkbooksResource, record: WorkbooksRecord)] {
        undo.filter { $0.before == nil }.compactMap { change in
            database[change.resource].record(change.id).map { (change.resource, $0) }
        }
    }

    /// A point to go back to.
    var mark: Int { undo.count }

    /// Undoes every change since a point.
    mutating func rollBack(to mark: Int) {
        while undo.count > mark {
            let change = undo.removeLast()
            if let before = change.before {
                database[change.resource].put(before)
            } else {
                database[change.resource].remove(change.id)
            }
        }
    }

    /// Creates a record; the answer shows every attribute.
    ///
    /// - Throws: `Failure.invalid` for what is missing, wrong or already there.
    mutating func create(
        _ resource: WorkbooksResource,
        _ attributes: [(column: WorkbooksColumn, text: String)]
    ) throws(Failure) -> Written {
        let type = database[resource].type
        var record = WorkbooksRecord(id: 0, createdAt: now, updatedAt: now, createdBy: user, updatedBy: user)
        try assign(attributes, to: &record, type: type) { $0.isCreateable }
        record.set(type.slot("created_through"), .text(createdThrough), of: type)
        try completeNew(&record, type)
        try validate(record, type, isNew: true)
        record.id = database.makeID(resource)
        put(record, resource)
        if resource == .campaigns { createDefaultStatuses(campaign: record.id) }
        return Written(record: record, columns: type.columns)
    }

    /// Changes a record; the answer shows what changed, which is nothing but id and version when nothing did.
    ///
    /// - Throws: `Failure` when the record is not to be found or not at this version, or a value is wrong.
    mutating func update(
        _ resource: WorkbooksResource,
        id: Int,
        lockVersion: Int,
        _ attributes: [(column: WorkbooksColumn, text: String)]
    ) throws(Failure) -> Written {
        let type = database[resource].type
        let before = try current(resource, id: id, lockVersion: lockVersion)
        var after = before
        try assign(attributes, to: &after, type: type) { $0.isUpdateable }
        completeNames(&after, before: before, type)
        let basics = type.columns.filter { $0.name == "id" || $0.name == "lock_version" }
        let changed = type.columns.filter { column in
            guard case .slot(let slot) = column.source else { return false }
            return before.value(slot, of: type) != after.value(slot, of: type)
        }
        guard !changed.isEmpty else { return Written(record: before, columns: basics) }
        try validate(after, type, isNew: false)
        after.lockVersion += 1
        after.updatedAt = now
        after.updatedBy = user
        put(after, resource)
        let implied = type.columns.filter { column in
            column.name == "updated_at" || (column.name == "updated_by" && before.updatedBy != user)
        }
        return Written(record: after, columns: basics + changed + implied)
    }

    /// Marks a record as deleted; its version stays (§6.3), its time of update does not.
    ///
    /// - Throws: `Failure` when the record is not to be found, not at this version or not to be deleted.
    mutating func delete(_ resource: WorkbooksResource, id: Int, lockVersion: Int) throws(Failure) -> Written {
        let type = database[resource].type
        var record = try current(resource, id: id, lockVersion: lockVersion)
        if resource == .membershipStatuses, record.value(type.slot("status"), of: type) == .text("Added") {
            throw .refused("This status is mandatory and cannot be deleted.")
        }
        record.isDeleted = true
        record.updatedAt = now
        record.updatedBy = user
        put(record, resource)
        return Written(record: record, columns: type.columns.filter { $0.name == "id" || $0.name == "lock_version" })
    }

    /// Replaces a record without touching its version or time.
    mutating func put(_ record: WorkbooksRecord, _ resource: WorkbooksResource) {
        undo.append((resource, record.id, database[resource].record(record.id)))
        database[resource].put(record)
    }

    private func current(
        _ resource: WorkbooksResource,
        id: Int,
        lockVersion: Int
    ) throws(Failure) -> WorkbooksRecord {
        guard let record = database[resource].record(id), !record.isDeleted, !record.isHidden || isPrivileged else {
            throw .refused("Record \(id) could not be found.")
        }
        guard record.lockVersion == lockVersion else { throw .refused(Self.stale) }
        return record
    }

    private func assign(
        _ attributes: [(column: WorkbooksColumn, text: String)],
        to record: inout WorkbooksRecord,
        type: WorkbooksRecordType,
        where isAllowed: (WorkbooksColumn) -> Bool
    ) throws(Failure) {
        var errors: [String: String] = [:]
        for (column, text) in attributes where text != ":no_value:" {
            guard case .slot(let slot) = column.source, isAllowed(column) || isPrivileged else { continue }
            switch Self.value(text, for: column) {
            case .success(let value): if record.value(slot, of: type) != value { record.set(slot, value, of: type) }
            case .failure(let problem): errors[column.name] = problem.text
            }
        }
        if !errors.isEmpty { throw .invalid(errors) }
    }

    private struct Problem: Error { let text: String }

    private static func value(_ text: String, for column: WorkbooksColumn) -> Result<WorkbooksValue, Problem> {
        if text == ":null_value:" { return .success(column.datatype == .boolean ? .bool(false) : .null) }
        switch column.datatype {
        case .boolean: return .success(.bool(WorkbooksParameters.isTrue(text)))
        case .integer:
            if text.isEmpty { return .success(.null) }
            return Int(text).map { .success(.int($0)) } ?? .failure(Problem(text: "is not a number"))
        case .string, .text, .picklist:
            if let most = column.maximumLength, text.count > most {
                return .failure(Problem(text: "is too long (maximum is \(most) characters)"))
            }
            // Null and empty are alike (§4); what an absent text looks like is the column's business.
            return .success(text.isEmpty ? .null : .text(text))
        case .datetime, .date:
            if text.isEmpty { return .success(.null) }
            guard let reading = WorkbooksDates.read(text) else { return .failure(Problem(text: "is not a valid date")) }
            if column.datatype == .datetime { return .success(.int(reading.epoch)) }
            let time = SandboxTime(epoch: reading.epoch)
            return .success(.int(SandboxTime.days(year: time.year, month: time.month, day: time.day)))
        case .currency:
            let parts = text.split(separator: " ")
            if text.isEmpty || parts == ["0"] { return .success(.null) }
            guard let amount = parts.first.flatMap({ Double($0) }), parts.count == 1 || parts[1].count == 3 else {
                return .failure(Problem(text: "is not an amount"))
            }
            // An amount without a currency is in the database's own.
            let code = parts.count > 1 ? parts[1] : "GBP"
            return .success(.text("\(amount) \(code) \(parts.count > 2 ? parts[2] : "0")"))
        }
    }

    // MARK: Rules of single types

    private mutating func completeNew(_ record: inout WorkbooksRecord, _ type: WorkbooksRecordType) throws(Failure) {
        switch type.resource {
        case .people, .salesLeads:
            completeNames(&record, before: nil, type)
            if type.resource == .salesLeads {
                record.set(type.slot("person_lead_party_id"), .int(database.makePartyID()), of: type)
                record.set(type.slot("org_lead_party_id"), .int(database.makePartyID()), of: type)
            } else {
                record.set(type.slot("main_location_id"), .int(database.makePartyID() + 130_000), of: type)
            }
        case .membershipStatuses:
            let name = record.value(type.slot("name"), of: type)
            let status = record.value(type.slot("status"), of: type)
            if status == .null { record.set(type.slot("status"), name, of: type) }
            if name == .null { record.set(type.slot("name"), status, of: type) }
        case .memberships:
            guard record.value(type.slot("campaign_membership_status_id"), of: type) == .null,
                let campaign = record.value(type.slot("marketing_campaign_id"), of: type).int,
                let added = status(named: "Added", campaign: campaign)
            else { return }
            record.set(type.slot("campaign_membership_status_id"), .int(added), of: type)
        case .webhookSubscriptions:
            // No two alike, and the same again for the same calls.
            let key = WorkbooksSubscriptions.key(number: database[.webhookSubscriptions].ids.count + 1)
            record.set(type.slot("secret_key"), .text(key), of: type)
        default: break
        }
    }

    /// Builds a person's or lead's name from its parts where the call gave only those.
    private func completeNames(
        _ record: inout WorkbooksRecord,
        before: WorkbooksRecord?,
        _ type: WorkbooksRecordType
    ) {
        guard type.resource == .people || type.resource == .salesLeads else { return }
        let prefix = type.resource == .people ? "" : "person_lead_party["
        let suffix = type.resource == .people ? "" : "]"
        let parts = ["person_first_name", "person_last_name"].map { type.slot(prefix + $0 + suffix) }
        let named = type.resource == .people ? "name" : "person_lead_party[name]"
        func value(_ slot: Int) -> WorkbooksValue { record.value(slot, of: type) }
        let joined = parts.compactMap { value($0).text }.joined(separator: " ")
        let partsChanged = before.map { old in parts.contains { old.value($0, of: type) != value($0) } } ?? true
        func isUntouched(_ slot: Int) -> Bool { value(slot) == before?.value(slot, of: type) ?? .null }
        if !joined.isEmpty, partsChanged, isUntouched(type.slot(named)) {
            record.set(type.slot(named), .text(joined), of: type)
        }
        let name = type.slot("name")
        if named != "name", isUntouched(name), record.value(type.slot(named), of: type) != .null,
            before == nil || partsChanged
        {
            record.set(name, record.value(type.slot(named), of: type), of: type)
        }
    }

    private func validate(_ record: WorkbooksRecord, _ type: WorkbooksRecordType, isNew: Bool) throws(Failure) {
        var errors: [String: String] = [:]
        for column in type.columns where column.isRequired {
            if case .slot(let slot) = column.source, record.value(slot, of: type) == .null {
                errors[column.name] = "can't be blank"
            }
        }
        if errors.isEmpty, type.resource == .memberships { errors = membershipErrors(record, type, isNew: isNew) }
        if errors.isEmpty, type.resource == .membershipStatuses { errors = statusErrors(record, type) }
        if errors.isEmpty, type.resource == .webhookSubscriptions {
            errors = WorkbooksSubscriptions.errors(of: record, type)
        }
        if !errors.isEmpty { throw .invalid(errors) }
    }

    private func membershipErrors(
        _ record: WorkbooksRecord,
        _ type: WorkbooksRecordType,
        isNew: Bool
    ) -> [String: String] {
        let table = database[.memberships]
        let campaign = record.value(type.slot("marketing_campaign_id"), of: type).int ?? 0
        let party = record.value(type.slot("party_or_lead_id"), of: type).int ?? 0
        let className = record.value(type.slot("party_or_lead_type"), of: type).text ?? ""
        if !isPresent(.campaigns, campaign) { return ["marketing_campaign_id": "is invalid"] }
        let resource = WorkbooksResource(className: className)
        guard let resource, [.people, .salesLeads, .organisations].contains(resource) else {
            return ["party_or_lead_type": "is not included in the list"]
        }
        if isNew, !isPresent(resource, party) { return ["party_or_lead_id": "is invalid"] }
        if let status = record.value(type.slot("campaign_membership_status_id"), of: type).int {
            let statuses = database[.membershipStatuses]
            let owner = statuses.record(status).flatMap { found in
                found.isDeleted ? nil : found.value(statuses.type.slot("marketing_campaign_id"), of: statuses.type).int
            }
            // Statuses belong to one campaign.
            if owner != campaign { return ["campaign_membership_status_id": "is invalid"] }
        }
        for id in table.ids(slot: type.slot("party_or_lead_id"), key: String(party)) ?? [] where id != record.id {
            guard let other = table.record(id), !other.isDeleted,
                other.value(type.slot("marketing_campaign_id"), of: type) == .int(campaign),
                other.value(type.slot("party_or_lead_type"), of: type) == .text(className)
            else { continue }
            return ["party_or_lead_id": "'\(party)' is already used"]
        }
        return [:]
    }

    private func statusErrors(_ record: WorkbooksRecord, _ type: WorkbooksRecordType) -> [String: String] {
        guard let text = record.value(type.slot("status"), of: type).text else { return ["status": "can't be blank"] }
        let campaign = record.value(type.slot("marketing_campaign_id"), of: type).int ?? 0
        if !isPresent(.campaigns, campaign) { return ["marketing_campaign_id": "is invalid"] }
        if let other = status(named: text, campaign: campaign), other != record.id {
            return ["status": "'\(text)' is already used"]
        }
        return [:]
    }

    private func isPresent(_ resource: WorkbooksResource, _ id: Int) -> Bool {
        database[resource].record(id).map { !$0.isDeleted } ?? false
    }

    private func status(named name: String, campaign: Int) -> Int? {
        let table = database[.membershipStatuses]
        let ids = table.ids(slot: table.type.slot("marketing_campaign_id"), key: String(campaign)) ?? []
        return ids.first { id in
            guard let record = table.record(id), !record.isDeleted else { return false }
            return record.value(table.type.slot("status"), of: table.type).text?.lowercased() == name.lowercased()
        }
    }

    private mutating func createDefaultStatuses(campaign: Int) {
        let type = database[.membershipStatuses].type
        for name in ["Added", "Interested", "Not Interested"] {
            var record = WorkbooksRecord(
                id: database.makeID(.membershipStatuses),
                createdAt: now,
                updatedAt: now,
                createdBy: user,
                updatedBy: user
            )
            record.set(type.slot("marketing_campaign_id"), .int(campaign), of: type)
            record.set(type.slot("status"), .text(name), of: type)
            record.set(type.slot("name"), .text(name), of: type)
            put(record, .membershipStatuses)
        }
    }
}
