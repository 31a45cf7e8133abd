extension ConstantContactAPI {
    func lists() throws -> SandboxResponse {
        let page = try PageRequest(
            request,
            collection: "contact_lists",
            most: options.allowsThousandLists ? 1_000 : 500
        )
        let statuses = Set(page.values("status") ?? ["active"])
        guard statuses.isSubset(of: ["all", "active", "deleted"]) else {
            throw ConstantContactRefusal.invalid("status has an unknown value")
        }
        let counting = try membershipCounting(page.value("include_membership_count"))
        let name = page.value("name")
        // Lists for text messages are a channel of their own, and there are none.
        let hidesAll = page.value("channel_type") == "sms"
        let found =
            hidesAll
            ? []
            : account.lists.filter { list in
                if let name, list.name != name { return false }
                return statuses.contains("all") || statuses.contains(list.deletedAt == nil ? "active" : "deleted")
            }
        let rows = found.filter { $0.ordinal >= page.position }
        var writer = writer()
        try writer.object { writer in
            writer.array("lists", rows.prefix(page.limit)) { writer, list in
                writer.object { write(list, counting: counting, to: &$0) }
            }
            if try page.flag("include_count") { writer.field("lists_count", found.count) }
            let next = rows.count > page.limit ? page.next(from: rows[page.limit].ordinal) : nil
            writeLinks(next: next, to: &writer)
            writeUnknown(to: &writer)
        }
        return .json(writer.text)
    }

    func createList() throws -> SandboxResponse {
        let input = try listInput()
        guard account.activeList(named: input.name) == nil else {
            throw ConstantContactRefusal.conflict("A list with this name exists")
        }
        guard account.activeListCount < AccountState.mostLists else {
            throw ConstantContactRefusal.invalid("The account has the maximum number of lists")
        }
        let list = account.addList(
            name: input.name,
            description: input.description,
            isFavorite: input.isFavorite,
            at: now
        )
        return answer(list, status: 201, counting: nil)
    }

    func list(_ id: String) throws -> SandboxResponse {
        let list = try existing(id)
        return answer(
            list,
            status: 200,
            counting: try membershipCounting(request.queryValue("include_membership_count"))
        )
    }

    func updateList(_ id: String) throws -> SandboxResponse {
        let list = try existing(id)
        let input = try listInput()
        if let other = account.activeList(named: input.name), other !== list {
            throw options.conflictsOnListRename
                ? ConstantContactRefusal.conflict("A list with this name exists")
                : ConstantContactRefusal.invalid("A list with this name exists")
        }
        account.rename(list, to: input.name)
        list.description = input.description
        list.isFavorite = input.isFavorite
        list.updatedAt = now
        return answer(list, status: 200, counting: nil)
    }

    /// Deletion is an activity of its own, but it is answered with 202 and a `Location` (§2).
    func deleteList(_ id: String) throws -> SandboxResponse {
        let list = try existing(id)
        let activity = account.enqueue(.deleteLists([list.id]), total: 1, options: options, at: now)
        var writer = writer()
        writer.object { write(activity, showsStatus: false, to: &$0) }
        return .json(writer.text, status: 202, headers: [("Location", "/v3/activities/\(activity.id)")])
    }

    private func existing(_ id: String) throws -> ContactList {
        guard let list = account.list(id: id) else { throw ConstantContactRefusal.notFound("list") }
        return list
    }

    private func listInput() throws -> (name: String, description: String?, isFavorite: Bool) {
        var body = try body()
        let name = body.text("name", most: 255)
        if name == nil, body.problems.isEmpty { body.complain("name is required") }
        let description = body.text("description", most: 255)
        let isFavorite = body.flag("favorite") ?? false
        try body.finish()
        return (name ?? "", description, isFavorite)
    }

    /// Which members `membership_count` counts; nil leaves it out.
    private func membershipCounting(_ value: String?) throws -> String? {
        guard let value, !value.isEmpty else { return nil }
        guard value == "all" || value == "active" else {
            throw ConstantContactRefusal.invalid("include_membership_count must be all or active")
        }
        return value
    }

    private func answer(_ list: ContactList, status: Int, counting: String?) -> SandboxResponse {
        var writer = writer()
        writer.object { write(list, counting: counting, to: &$0) }
        return .json(writer.text, status: status)
    }

    private func write(_ list: ContactList, counting: String?, to writer: inout JSONWriter) {
        writer.field("list_id", list.id)
        writer.field("name", list.name)
        writer.field("description", list.description)
        writer.field("favorite", list.isFavorite)
        writer.field("created_at", stamps.text(list.createdAt))
        writer.field("updated_at", stamps.text(list.updatedAt))
        writer.field("deleted_at", stamps.text(list.deletedAt))
        if let counting { writer.field("membership_count", count(list, counting: counting)) }
        writeUnknown(to: &writer)
    }

    /// How many members a list has, as far as counts have caught up.
    private func count(_ list: ContactList, counting: String) -> Int {
        var count = counting == "active" ? list.members.count(excluding: account.inactive) : list.members.count
        guard account.replicationLag > 0 else { return count }
        for ordinal in account.recentlyChanged.members {
            let slot = account.contacts[ordinal]
            let isCounted = list.members.contains(ordinal) && (counting == "all" || slot.record.isActive)
            let seen = slot.record(seenAt: now - account.replicationLag)
            let wasCounted = seen.map { $0.lists.contains(list.ordinal) && (counting == "all" || $0.isActive) } ?? false
            if isCounted != wasCounted { count += wasCounted ? 1 : -1 }
        }
        return count
    }
}
