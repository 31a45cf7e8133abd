extension ConstantContactAPI {
    private static let mostFields = 100

    func customFields() throws -> SandboxResponse {
        let page = try PageRequest(request, collection: "contact_custom_fields", most: 100)
        let rows = account.customFields.dropFirst(page.position)
        var writer = writer()
        writer.object { writer in
            writer.array("custom_fields", rows.prefix(page.limit)) { writer, field in
                writer.object { write(field, to: &$0) }
            }
            let next = rows.count > page.limit ? page.next(from: page.position + page.limit) : nil
            writeLinks(next: next, to: &writer)
        }
        return .json(writer.text)
    }

    func createCustomField() throws -> SandboxResponse {
        var body = try body()
        let label = body.text("label", most: 50)
        let type = body.choice("type", of: CustomField.types)
        let choices = self.choices(in: &body)
        if label == nil || type == nil, body.problems.isEmpty { body.complain("label and type are required") }
        try body.finish()
        guard let label, let type else { throw ConstantContactRefusal.invalid("label and type are required") }
        guard account.customField(name: CustomField.name(label)) == nil else {
            throw ConstantContactRefusal.conflict("A custom field with this name exists")
        }
        guard account.customFields.count < Self.mostFields else {
            throw ConstantContactRefusal.invalid("The account has the maximum number of custom fields")
        }
        let field = CustomField(
            id: account.newID(),
            label: label,
            type: type,
            choices: choices ?? [],
            createdAt: now,
            updatedAt: now
        )
        account.customFields.append(field)
        return answer(field, status: 201)
    }

    func customField(_ id: String) throws -> SandboxResponse {
        answer(try existingField(id), status: 200)
    }

    func updateCustomField(_ id: String) throws -> SandboxResponse {
        var field = try existingField(id)
        var body = try body()
        let label = body.text("label", most: 50)
        let choices = self.choices(in: &body)
        try body.finish()
        field.label = label ?? field.label
        field.choices = choices ?? field.choices
        field.updatedAt = now
        account.customFields = account.customFields.map { $0.id == field.id ? field : $0 }
        return answer(field, status: 200)
    }

    /// The values that contacts have of the field go with it (§9 item 48).
    func deleteCustomField(_ id: String) throws -> SandboxResponse {
        account.deleteCustomField(id: try existingField(id).id, at: now)
        return .empty(status: 204)
    }

    private func existingField(_ id: String) throws -> CustomField {
        guard let field = account.customField(id: id) else { throw ConstantContactRefusal.notFound("custom field") }
        return field
    }

    private func choices(in body: inout BodyReader) -> [CustomField.Choice]? {
        guard let members = body.members("choices", most: 100) else { return nil }
        return members.enumerated().map { index, member in
            var member = member
            let choice = CustomField.Choice(
                id: index + 1,
                label: member.text("choice_label", most: 255) ?? "",
                order: member.integer("display_order") ?? index
            )
            body.takeProblems(of: member)
            return choice
        }
    }

    private func answer(_ field: CustomField, status: Int) -> SandboxResponse {
        var writer = writer()
        writer.object { write(field, to: &$0) }
        return .json(writer.text, status: status)
    }

    private func write(_ field: CustomField, to writer: inout JSONWriter) {
        writer.field("custom_field_id", field.id)
        writer.field("label", field.label)
        writer.field("name", field.name)
        writer.field("type", field.type)
        if !field.choices.isEmpty {
            writer.array("choices", field.choices) { writer, choice in
                writer.object {
                    $0.field("choice_id", choice.id)
                    $0.field("choice_label", choice.label)
                    $0.field("display_order", choice.order)
                }
            }
        }
        writer.field("created_at", stamps.text(field.createdAt))
        writer.field("updated_at", stamps.text(field.updatedAt))
        writeUnknown(to: &writer)
    }
}
