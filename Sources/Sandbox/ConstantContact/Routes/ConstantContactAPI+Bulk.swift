extension ConstantContactAPI {
    private static let mostTargets = 50
    private static let mostContacts = 500

    func importContacts() throws -> SandboxResponse {
        var body = try body()
        let lists = existingLists("list_ids", in: &body, most: Self.mostTargets, isRequired: true)
        let elements = body.object["import_data"]?.arrayValue
        if elements == nil, body.problems.isEmpty { body.complain("import_data is required") }
        if let elements, elements.isEmpty { body.complain("import_data must not be empty") }
        try body.finish()
        var received = elements ?? []
        if request.body.count > options.importByteLimit {
            let count = ImportInput.rowCount(of: request.body, within: options.importByteLimit)
            received = Array(received.prefix(count))
        }
        let rows = try ImportInput.rows(received)
        // The total counts a header row that a JSON import does not have (§6.2).
        return enqueue(.importContacts(rows: rows, lists: lists.map(\.id)), total: rows.count + 1)
    }

    func changeMemberships(adding: Bool) throws -> SandboxResponse {
        var body = try body()
        let targets = try targets(in: &body, adding: adding)
        guard var source = body.member("source") else {
            throw ConstantContactRefusal.invalid(body.problems.isEmpty ? ["source is required"] : body.problems)
        }
        let selection = selection(&source, adding: adding)
        body.takeProblems(of: source)
        var excluded: Set<String> = []
        if var exclude = body.member("exclude") {
            excluded = Set(exclude.ids("contact_ids", most: Self.mostContacts) ?? [])
            switch selection {
            case .members, .allActive: break
            default: exclude.complain("exclude goes only with list_ids or all_active_contacts")
            }
            body.takeProblems(of: exclude)
        }
        try body.finish()
        let total = account.contacts(in: selection).count
        let work: BulkWork =
            adding
            ? .addMemberships(selection, excluding: excluded, lists: targets)
            : .removeMemberships(selection, excluding: excluded, lists: targets)
        return enqueue(work, total: total, listCount: targets.count)
    }

    private func targets(in body: inout BodyReader, adding: Bool) throws -> [String] {
        guard let ids = body.ids("list_ids", most: Self.mostTargets) else {
            if body.problems.isEmpty { body.complain("list_ids is required") }
            return []
        }
        if ids.isEmpty { body.complain("list_ids must not be empty") }
        if let unknown = ids.first(where: { account.list(id: $0) == nil }) {
            // Only the removal declares 404.
            throw adding ? ConstantContactRefusal.invalid("There is no list \(unknown)") : .notFound("list \(unknown)")
        }
        return ids
    }

    /// The contacts that `source` names, by exactly one of its properties (§6).
    private func selection(_ source: inout BodyReader, adding: Bool) -> ContactSelection {
        var names = ["contact_ids", "list_ids", "all_active_contacts", "tag_ids", "engagement_level"]
        if adding { names.append("segment_id") }
        let given = names.filter { name in
            guard let value = source.object[name] else { return false }
            return !value.isNull && value.boolValue != false
        }
        guard given.count == 1, let name = given.first else {
            source.complain("source must have exactly one of \(names.joined(separator: ", "))")
            return .none
        }
        switch name {
        case "contact_ids": return .contacts(source.ids(name, most: Self.mostContacts) ?? [])
        case "list_ids": return .members(source.ids(name, most: Self.mostTargets) ?? [])
        case "tag_ids": return .tags(source.ids(name, most: 50) ?? [])
        case "all_active_contacts":
            _ = source.flag(name)
            return .allActive
        default: return .none
        }
    }

    func deleteContacts() throws -> SandboxResponse {
        var body = try body()
        let contacts = body.ids("contact_ids", most: Self.mostContacts)
        let lists = body.ids("list_ids", most: Self.mostTargets)
        if (contacts == nil) == (lists == nil), body.problems.isEmpty {
            body.complain("Give either contact_ids or list_ids")
        }
        try body.finish()
        let selection = contacts.map(ContactSelection.contacts) ?? .members(lists ?? [])
        return enqueue(.deleteContacts(selection), total: account.contacts(in: selection).count)
    }

    func deleteLists() throws -> SandboxResponse {
        var body = try body()
        let lists = existingLists("list_ids", in: &body, most: 100, isRequired: true)
        try body.finish()
        return enqueue(.deleteLists(lists.map(\.id)), total: lists.count, listCount: lists.count)
    }

    func exportContacts() throws -> SandboxResponse {
        var body = try body()
        let contacts = body.ids("contact_ids", most: Self.mostContacts)
        let lists = body.ids("list_ids", most: Self.mostTargets)
        if contacts != nil, lists != nil { body.complain("contact_ids and list_ids exclude each other") }
        let status = body.choice("status", of: ContactFilter.statusNames)
        let fields = body.object["fields"]?.arrayValue?.compactMap(\.stringValue) ?? []
        try body.finish()
        let export = ContactExport(
            selection: contacts.map(ContactSelection.contacts) ?? lists.map(ContactSelection.members),
            status: status,
            fields: fields
        )
        return enqueue(.export(export), total: 0)
    }

    private func enqueue(_ work: BulkWork, total: Int, listCount: Int = 0) -> SandboxResponse {
        let activity = account.enqueue(work, total: total, options: options, at: now)
        activity.listCount = listCount
        var writer = writer()
        writer.object { write(activity, showsStatus: true, to: &$0) }
        return .json(writer.text, status: 201)
    }
}
