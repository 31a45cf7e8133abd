/// Segments, of which the static ones are tags, by id (mailchimp.md §4, §7).
extension MailchimpAPI {
    /// The statuses that `include_…` asks for besides the active ones.
    private var included: Set<MemberStatus> {
        var statuses: Set<MemberStatus> = []
        if query.flag("include_cleaned") { statuses.insert(.cleaned) }
        if query.flag("include_transactional") { statuses.insert(.transactional) }
        if query.flag("include_unsubscribed") { statuses.insert(.unsubscribed) }
        return statuses
    }

    func segments(of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let type = try query.choice("type", of: ["saved", "static", "fuzzy"])
        let isMade = try query.range(since: "since_created_at", before: "before_created_at")
        let isUpdated = try query.range(since: "since_updated_at", before: "before_updated_at")
        let found = audience.segments.filter { segment in
            (type.map { ($0 == "static") == segment.isStatic && $0 != "fuzzy" } ?? true)
                && isMade(segment.createdAt) && isUpdated(segment.updatedAt)
        }
        let included = included
        return try collection("segments", found, ["list_id": .string(list)]) { audience.json($0, including: included) }
    }

    func segment(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        return audience.json(try audience.segment(id), including: included)
    }

    func createSegment(in list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        var body = try body()
        let name = body.text("name", isRequired: true)
        let addresses = body.texts("static_segment", most: 500)
        let conditions = body.member("options")
        if addresses == nil, conditions == nil, body.errors.isEmpty {
            body.complain("static_segment", "A segment has either options or a list of members.")
        }
        try body.finish()
        if let name, let known = audience.segments.first(where: { $0.name.lowercased() == name.lowercased() }) {
            throw MailchimpProblem.invalid("name", "A segment with the name \(known.name) exists already.")
        }
        let segment = makeSegment(name ?? "", isStatic: addresses != nil, in: audience)
        segment.options = conditions.map(SandboxJSON.object)
        for address in addresses ?? [] {
            if let member = taggable(address, in: audience) { audience.tag(member, with: segment, at: now) }
        }
        return audience.json(segment)
    }

    func updateSegment(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let segment = try audience.segment(id)
        var body = try body()
        let name = body.text("name", isRequired: true)
        let addresses = body.texts("static_segment", most: 500)
        let conditions = body.member("options")
        try body.finish()
        if let name {
            let other = audience.segments.first { $0 !== segment && $0.name.lowercased() == name.lowercased() }
            if other != nil { throw MailchimpProblem.invalid("name", "A segment with this name exists already.") }
            segment.name = name
        }
        if let conditions, !segment.isStatic { segment.options = .object(conditions) }
        if let addresses, segment.isStatic {
            // The whole membership is replaced (§4 call 17).
            for number in segment.members.members {
                if let member = audience.member(number: number) { audience.untag(member, from: segment, at: now) }
            }
            for address in addresses {
                if let member = taggable(address, in: audience) { audience.tag(member, with: segment, at: now) }
            }
        }
        segment.updatedAt = now
        return audience.json(segment)
    }

    func deleteSegment(_ id: String, of list: String) throws -> SandboxJSON? {
        let audience = try account.audience(list)
        audience.remove(try audience.segment(id))
        return nil
    }

    func changeSegmentMembers(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let segment = try tag(id, of: audience)
        var body = try body()
        let additions = body.texts("members_to_add", most: 500) ?? []
        let removals = body.texts("members_to_remove", most: 500) ?? []
        try body.finish()
        var unknown: [String] = []
        func change(_ addresses: [String], _ apply: (AudienceMember) -> Bool) -> [AudienceMember] {
            addresses.compactMap { address in
                guard let member = taggable(address, in: audience) else {
                    unknown.append(address)
                    return nil
                }
                guard apply(member) else { return nil }
                if options.tagsMoveLastChanged { member.lastChanged = now }
                return member
            }
        }
        let added = change(additions) { audience.tag($0, with: segment, at: now) }
        let removed = change(removals) { audience.untag($0, from: segment, at: now) }
        let errors: [SandboxJSON] =
            unknown.isEmpty
            ? []
            : [
                [
                    "email_addresses": .array(unknown.map(SandboxJSON.string)),
                    "error": "Email address is not subscribed to the list",
                ]
            ]
        return [
            "members_added": .array(added.map { json($0, of: audience) }),
            "members_removed": .array(removed.map { json($0, of: audience) }),
            "errors": .array(errors), "total_added": .int(added.count), "total_removed": .int(removed.count),
            "error_count": .int(errors.count), "_links": [],
        ]
    }

    func segmentMembers(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let segment = try audience.segment(id)
        let included = included.union([.subscribed, .pending])
        let rows = segment.members.members.compactMap { audience.member(number: $0) }
            .filter { included.contains($0.status) }
        return try collection("members", rows) { json($0, of: audience) }
    }

    func addSegmentMember(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let segment = try tag(id, of: audience)
        var body = try body()
        let address = body.text("email_address", isRequired: true)
        try body.finish()
        guard let address, let member = taggable(address, in: audience) else {
            throw MailchimpProblem.invalid(detail: "Email address is not subscribed to the list.")
        }
        audience.tag(member, with: segment, at: now)
        return json(member, of: audience)
    }

    func removeSegmentMember(_ name: String, from id: String, of list: String) throws -> SandboxJSON? {
        let audience = try account.audience(list)
        let segment = try tag(id, of: audience)
        let member = try member(name, in: audience)
        guard audience.untag(member, from: segment, at: now) else { throw MailchimpProblem.notFound }
        return nil
    }

    /// A segment whose members can be chosen by hand.
    private func tag(_ id: String, of audience: Audience) throws -> AudienceSegment {
        let segment = try audience.segment(id)
        guard segment.isStatic else {
            throw MailchimpProblem.badRequest("Members of a saved segment follow from its conditions.")
        }
        return segment
    }

    /// The member of an address that segments know: not archived, and not made in bulk a moment ago (§6).
    private func taggable(_ address: String, in audience: Audience) -> AudienceMember? {
        guard let member = audience.member(address: address.trimmingBlanks()), member.status != .archived,
            member.usableAt <= now
        else { return nil }
        return member
    }
}
