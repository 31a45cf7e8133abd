/// Tags by the names that members have for them (mailchimp.md §7).
extension MailchimpAPI {
    func tags(of name: String, in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let member = try member(name, in: audience)
        let tags = member.tags.keys.sorted().compactMap { id in audience.segments.first { $0.id == id } }
        return try collection("tags", tags) { tag in
            [
                "id": .int(tag.id), "name": .string(tag.name),
                // The one time that is written with a blank (§3).
                "date_added": .string(MailchimpTime.blankForm(member.tags[tag.id] ?? now)),
            ]
        }
    }

    func setTags(of name: String, in list: String) throws -> SandboxJSON? {
        let audience = try account.audience(list)
        let member = try memberByHash(name, in: audience)
        var body = try body()
        var changes: [(name: String, isActive: Bool)] = []
        for element in body.elements("tags", isRequired: true) ?? [] {
            guard let object = element.objectValue else {
                body.complain("tags", "Schema describes an array of objects")
                continue
            }
            var tag = MailchimpBody(object, prefix: "tags.")
            let name = tag.text("name", isRequired: true)
            let status = tag.choice("status", of: ["active", "inactive"], isRequired: true)
            body.take(tag)
            if let name, let status { changes.append((name.trimmingBlanks(), status == "active")) }
        }
        _ = body.flag("is_syncing")
        try body.finish()
        for change in changes {
            if change.isActive {
                addTags([change.name], to: member, of: audience)
            } else if let tag = audience.tag(named: change.name) {
                audience.untag(member, from: tag, at: now)
            }
        }
        if options.tagsMoveLastChanged { member.lastChanged = now }
        return nil
    }

    func searchTags(_ list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let prefix = query.text("name")?.lowercased() ?? ""
        let found = audience.segments.filter { $0.isStatic && $0.name.lowercased().hasPrefix(prefix) }
        return [
            "tags": .array(found.map { ["id": .int($0.id), "name": .string($0.name)] }),
            "total_items": .int(found.count),
        ]
    }

    /// Adds tags by name; unknown names become new tags.
    func addTags(_ names: [String], to member: AudienceMember, of audience: Audience) {
        for name in names {
            audience.tag(member, with: audience.tag(named: name) ?? makeSegment(name, in: audience), at: now)
        }
    }

    /// Makes an empty segment.
    func makeSegment(_ name: String, isStatic: Bool = true, in audience: Audience) -> AudienceSegment {
        let segment = AudienceSegment(id: account.newNumber(), name: name, isStatic: isStatic, at: now)
        audience.segments.append(segment)
        return segment
    }
}
