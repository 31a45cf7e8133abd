/// What users of the product do to audiences, tags, fields and webhooks.
extension MailchimpControls {
    /// Does what a control says; nil when there is no such control.
    func actOnAudience(_ name: String) throws -> SandboxJSON? {
        switch name {
        case "audience": return try changeAudience()
        case "delete-audience":
            let audience = try audience()
            account.audiences.removeAll { $0 === audience }
        case "rename-tag": try tag().name = try instruction.text("to")
        case "delete-tag": try audience().remove(try tag())
        case "empty-tag": try emptyTag()
        case "merge-field": try addMergeField()
        case "delete-merge-field":
            let tag = try instruction.text("tag")
            try audience().mergeFields.removeAll { $0.tag == tag }
        case "add-webhook": return try addWebhook()
        case "change-webhook": try changeWebhook()
        case "delete-webhook":
            let audience = try audience()
            audience.hooks.remove(at: try hookIndex(in: audience))
        default: return nil
        }
        return [:]
    }

    private func changeAudience() throws -> SandboxJSON {
        let audience = try audience()
        if let name = instruction.optionalText("name") { audience.name = name }
        if let isDouble = instruction.object["double_optin"]?.boolValue { audience.hasDoubleOptIn = isDouble }
        if let texts = instruction.texts("marketing_permissions") {
            audience.permissions = texts.map { (account.newID(), $0) }
        }
        return ["list_id": .string(audience.id)]
    }

    private func tag() throws -> AudienceSegment {
        let audience = try audience()
        if let id = instruction.integer("segment_id") { return try audience.segment(String(id)) }
        guard let tag = audience.tag(named: try instruction.text("name")) else {
            throw OptionError(reason: "the audience has no such tag")
        }
        return tag
    }

    private func emptyTag() throws {
        let audience = try audience(), tag = try tag()
        for number in tag.members.members {
            if let member = audience.member(number: number) { audience.untag(member, from: tag, at: now) }
        }
    }

    private func addMergeField() throws {
        let audience = try audience()
        let tag = try instruction.text("tag")
        audience.mergeFields.removeAll { $0.tag == tag }
        let number = (audience.mergeFields.map(\.id).max() ?? 0) + 1
        var field = MergeField(
            id: number,
            tag: tag,
            name: instruction.optionalText("name") ?? tag,
            type: instruction.optionalText("type") ?? "text",
            displayOrder: number + 1
        )
        field.isRequired = instruction.flag("required")
        field.choices = instruction.texts("choices") ?? []
        audience.mergeFields.append(field)
    }

    // MARK: Webhooks

    private func addWebhook() throws -> SandboxJSON {
        let audience = try audience()
        var hook = AudienceWebhook(
            id: account.newID(),
            url: try instruction.text("url"),
            events: Set(instruction.texts("events") ?? AudienceWebhook.eventNames),
            sources: Set(instruction.texts("sources") ?? ["user", "admin"])
        )
        if instruction.flag("signed") { hook.secret = account.hex(40) }
        audience.hooks.append(hook)
        return hook.json(list: audience.id, showsSecret: true, form: options.disabledWebhooks)
    }

    private func changeWebhook() throws {
        let audience = try audience()
        let index = try hookIndex(in: audience)
        if let url = instruction.optionalText("to") { audience.hooks[index].url = url }
        if let events = instruction.texts("events") { audience.hooks[index].events = Set(events) }
        if let sources = instruction.texts("sources") { audience.hooks[index].sources = Set(sources) }
        if let isDisabled = instruction.object["disabled"]?.boolValue { audience.hooks[index].isDisabled = isDisabled }
    }

    private func hookIndex(in audience: Audience) throws -> Int {
        let id = instruction.optionalText("id"), url = instruction.optionalText("url")
        guard let index = audience.hooks.firstIndex(where: { $0.id == id || $0.url == url }) else {
            throw OptionError(reason: "the audience has no such webhook")
        }
        return index
    }
}
