/// Writing members by the hundred: `POST /lists/{id}` (mailchimp.md §6).
extension MailchimpAPI {
    func writeMembers(of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        var body = try body()
        let rows = body.elements("members", most: 500, isRequired: true) ?? []
        let updatesExisting = body.flag("update_existing") ?? false
        let syncsTags = body.flag("sync_tags") ?? false
        try body.finish()
        var outcome = BulkOutcome()
        for row in rows {
            do {
                try write(row, in: audience, updating: updatesExisting, syncingTags: syncsTags, &outcome)
            } catch let problem as MailchimpProblem {
                outcome.fail(row["email_address"]?.stringValue ?? "", problem)
            }
        }
        return [
            "new_members": .array(outcome.created.map { json($0, of: audience) }),
            "updated_members": .array(outcome.updated.map { json($0, of: audience) }),
            "errors": .array(outcome.errors), "total_created": .int(outcome.created.count),
            "total_updated": .int(outcome.updated.count), "error_count": .int(outcome.errors.count), "_links": [],
        ]
    }

    private func write(
        _ row: SandboxJSON,
        in audience: Audience,
        updating: Bool,
        syncingTags: Bool,
        _ outcome: inout BulkOutcome
    ) throws {
        guard let object = row.objectValue else {
            throw MailchimpProblem.invalid("", "Schema describes object, \(MailchimpBody.kind(row)) found instead")
        }
        let input = try MemberInput(object, for: .bulkRow)
        guard let address = input.address, !address.isEmpty else {
            throw MailchimpProblem.invalid(detail: "Please provide a valid email address.")
        }
        guard outcome.seen.insert(address.lowercased()).inserted else {
            // With the check skipped, the first occurrence wins without a word.
            if query.flag("skip_duplicate_check") { return }
            throw MailchimpProblem.invalid(detail: "\(address) is in this request more than once.")
        }
        guard let member = audience.member(address: address) else {
            guard let status = input.status else {
                throw MailchimpProblem.invalid("status", "This value should not be blank.")
            }
            let member = try create(input, status: status, in: audience)
            member.usableAt = now + options.visibilityLagSeconds
            outcome.created.append(member)
            return
        }
        guard updating else {
            outcome.exists(address)
            return
        }
        if let status = input.status, refusal(of: status, for: member) != nil, !options.bulkReportsCompliance {
            // The silent form: everything but the status is written.
            var rest = input
            rest.status = nil
            try update(member, with: rest, in: audience)
        } else {
            try update(member, with: input, in: audience)
        }
        if syncingTags, input.hasTags {
            for segment in audience.segments where segment.isStatic {
                audience.untag(member, from: segment, at: now)
            }
        }
        addTags(input.tags, to: member, of: audience)
        outcome.updated.append(member)
    }
}

/// What became of the rows of one call.
private struct BulkOutcome {
    var created: [AudienceMember] = []
    var updated: [AudienceMember] = []
    var errors: [SandboxJSON] = []
    var seen: Set<String> = []

    mutating func exists(_ address: String) {
        add(
            address,
            "\(address) is already a list member, do you want to update? please provide update_existing:true in the "
                + "request body",
            code: "ERROR_CONTACT_EXISTS"
        )
    }

    mutating func fail(_ address: String, _ problem: MailchimpProblem) {
        let first = problem.errors.first
        add(
            address,
            first.map { "\($0.field): \($0.message)" } ?? problem.detail,
            code: "ERROR_GENERIC",
            field: first?.field ?? "",
            message: first?.message ?? ""
        )
    }

    private mutating func add(_ address: String, _ text: String, code: String, field: String = "", message: String = "")
    {
        errors.append([
            "email_address": .string(address), "error": .string(text), "error_code": .string(code),
            "field": .string(field), "field_message": .string(message),
        ])
    }
}
