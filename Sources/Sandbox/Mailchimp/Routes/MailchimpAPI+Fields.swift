/// Merge fields and interests (mailchimp.md §7).
extension MailchimpAPI {
    func mergeFields(of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let type = try query.choice("type", of: MergeField.types)
        let isRequired = query.text("required").map { _ in query.flag("required") }
        let found = audience.mergeFields.filter { field in
            (type.map { field.type == $0 } ?? true) && (isRequired.map { field.isRequired == $0 } ?? true)
        }
        return try collection("merge_fields", found, ["list_id": .string(list)]) { $0.json(list: list) }
    }

    func mergeField(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        return audience.mergeFields[try index(id, in: audience)].json(list: list)
    }

    func createMergeField(in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        var body = try body()
        let name = body.text("name", isRequired: true) ?? ""
        let type = body.choice("type", of: MergeField.types, isRequired: true) ?? "text"
        let given = body.text("tag")
        let order = (audience.mergeFields.map(\.displayOrder).max() ?? 1) + 1
        let number = (audience.mergeFields.map(\.id).max() ?? 0) + 1
        var field = MergeField(id: number, tag: given ?? "MMERGE\(number)", name: name, type: type, displayOrder: order)
        apply(&body, to: &field)
        if audience.mergeField(tag: field.tag) != nil || field.tag == "EMAIL" {
            body.complain("tag", "A merge field with the tag \(field.tag) exists already.")
        }
        try body.finish()
        guard audience.mergeFields.count < options.mergeFieldLimit else {
            throw MailchimpProblem.badRequest("An audience has \(options.mergeFieldLimit) merge fields at most.")
        }
        audience.mergeFields.append(field)
        return field.json(list: list)
    }

    func updateMergeField(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let index = try index(id, in: audience)
        var field = audience.mergeFields[index]
        var body = try body()
        field.name = body.text("name", isRequired: true) ?? field.name
        let old = field.tag
        if let tag = body.text("tag") { field.tag = tag }
        apply(&body, to: &field)
        if field.tag != old, audience.mergeField(tag: field.tag) != nil {
            body.complain("tag", "A merge field with the tag \(field.tag) exists already.")
        }
        try body.finish()
        audience.mergeFields[index] = field
        if field.tag != old {
            for member in audience.members {
                member.mergeFields[field.tag] = member.mergeFields.removeValue(forKey: old)
            }
        }
        return field.json(list: list)
    }

    func deleteMergeField(_ id: String, of list: String) throws -> SandboxJSON? {
        let audience = try account.audience(list)
        let field = audience.mergeFields.remove(at: try index(id, in: audience))
        for member in audience.members { member.mergeFields[field.tag] = nil }
        return nil
    }

    private func index(_ id: String, in audience: Audience) throws -> Int {
        guard let number = Int(id), let index = audience.mergeFields.firstIndex(where: { $0.id == number }) else {
            throw MailchimpProblem.notFound
        }
        return index
    }

    private func apply(_ body: inout MailchimpBody, to field: inout MergeField) {
        if !MergeField.isTag(field.tag) {
            body.complain("tag", "A tag has at most 10 characters, of A to Z, 0 to 9 and the underscore.")
        }
        if let isRequired = body.flag("required") { field.isRequired = isRequired }
        if let value = body.text("default_value") { field.defaultValue = value }
        if let isPublic = body.flag("public") { field.isPublic = isPublic }
        if let order = body.integer("display_order") { field.displayOrder = order }
        if let text = body.text("help_text") { field.helpText = text }
        guard let given = body.member("options") else { return }
        var inner = MailchimpBody(given, prefix: "options.")
        if let choices = inner.texts("choices") { field.choices = choices }
        for name in ["phone_format", "date_format"] {
            if let text = inner.text(name) { field.options[name] = .string(text) }
        }
        for name in ["default_country", "size"] {
            if let number = inner.integer(name) { field.options[name] = .int(number) }
        }
        body.take(inner)
    }

    // MARK: Interests

    func categories(of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let type = query.text("type")
        let found = audience.categories.filter { category in type.map { category.type == $0 } ?? true }
        return try collection("categories", found, ["list_id": .string(list)]) { json($0, list: list) }
    }

    func createCategory(in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        var body = try body()
        let title = body.text("title", isRequired: true)
        let type = body.choice("type", of: InterestCategory.types, isRequired: true)
        let order = body.integer("display_order")
        try body.finish()
        let category = InterestCategory(
            id: account.newID(),
            groupID: account.newNumber(),
            title: title ?? "",
            type: type ?? "",
            displayOrder: order ?? audience.categories.count
        )
        audience.categories.append(category)
        return json(category, list: list)
    }

    func interests(of id: String, in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let category = audience.categories[try categoryIndex(id, in: audience)]
        let others: [String: SandboxJSON] = ["list_id": .string(list), "category_id": .string(id)]
        return try collection("interests", category.interests, others) {
            json($0, category: id, of: audience)
        }
    }

    func createInterest(in id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let index = try categoryIndex(id, in: audience)
        var body = try body()
        let name = body.text("name", isRequired: true)
        let order = body.integer("display_order")
        try body.finish()
        guard audience.categories.flatMap(\.interests).count < 60 else {
            throw MailchimpProblem.badRequest("An audience has 60 groups at most.")
        }
        let interest = InterestCategory.Interest(
            id: account.newID(),
            name: name ?? "",
            displayOrder: order ?? audience.categories[index].interests.count + 1
        )
        audience.categories[index].interests.append(interest)
        return json(interest, category: id, of: audience)
    }

    private func categoryIndex(_ id: String, in audience: Audience) throws -> Int {
        guard let index = audience.categories.firstIndex(where: { $0.id == id }) else {
            throw MailchimpProblem.notFound
        }
        return index
    }

    private func json(_ category: InterestCategory, list: String) -> SandboxJSON {
        [
            "list_id": .string(list), "id": .string(category.id), "title": .string(category.title),
            "display_order": .int(category.displayOrder), "type": .string(category.type), "_links": [],
        ]
    }

    private func json(_ interest: InterestCategory.Interest, category: String, of audience: Audience) -> SandboxJSON {
        let count = audience.members.count { $0.status == .subscribed && $0.interests.contains(interest.id) }
        return [
            "category_id": .string(category), "list_id": .string(audience.id), "id": .string(interest.id),
            "name": .string(interest.name), "subscriber_count": .string(String(count)),
            "display_order": .int(interest.displayOrder), "_links": [],
        ]
    }
}
