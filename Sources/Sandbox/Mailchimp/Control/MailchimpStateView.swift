/// What the account holds, written out for tests: the truth, with what the API does not tell.
struct MailchimpStateView {
    let account: MailchimpAccount

    /// Everything; members can be left out where there are many.
    func state(inFlight: Int, withMembers: Bool) -> SandboxJSON {
        [
            "in_flight": .int(inFlight),
            "audiences": .array(account.audiences.map { json($0, withMembers: withMembers) }),
            "campaigns": .array(
                account.campaigns.map { ["id": .string($0.id), "recipients": .int($0.recipients.count)] }
            ),
            "batches": .array(
                account.batches.map { batch in
                    [
                        "id": .string(batch.id), "operations": .int(batch.operations.count),
                        "done": .int(batch.done), "errored": .int(batch.errored), "stopped": .bool(batch.isStopped),
                    ]
                }
            ),
        ]
    }

    /// The members of an address in all audiences, or every member.
    func members(address: String?) -> SandboxJSON {
        .array(
            account.audiences.flatMap { audience in
                let found = address.map { audience.member(address: $0).map { [$0] } ?? [] } ?? audience.members
                return found.map { json($0, of: audience) }
            }
        )
    }

    /// The addresses of everyone with a tag, whatever their status, in alphabetical order.
    func segmentMembers(_ id: String) -> SandboxJSON {
        for audience in account.audiences {
            guard let segment = audience.segments.first(where: { String($0.id) == id || $0.name == id }) else {
                continue
            }
            let addresses = segment.members.members.compactMap { audience.member(number: $0)?.address }
            return .array(addresses.sorted().map(SandboxJSON.string))
        }
        return []
    }

    private func json(_ audience: Audience, withMembers: Bool) -> SandboxJSON {
        var members: [String: SandboxJSON] = [
            "id": .string(audience.id), "name": .string(audience.name),
            "member_count": .int(audience.members.count), "forgotten": .int(audience.forgotten.count),
            "tags": .array(
                audience.segments.filter(\.isStatic).map {
                    ["id": .int($0.id), "name": .string($0.name), "members": .int($0.members.count)]
                }
            ),
            "merge_fields": .array(audience.mergeFields.map { .string($0.tag) }),
            "webhooks": .array(
                audience.hooks.map { hook in
                    [
                        "id": .string(hook.id), "url": .string(hook.url), "disabled": .bool(hook.isDisabled),
                        "signing_secret": hook.secret.map(SandboxJSON.string) ?? .null,
                    ]
                }
            ),
        ]
        if withMembers { members["members"] = .array(audience.members.map { json($0, of: audience) }) }
        return .object(members)
    }

    private func json(_ member: AudienceMember, of audience: Audience) -> SandboxJSON {
        let tags = member.tags.keys.sorted().compactMap { id in audience.segments.first { $0.id == id }?.name }
        return [
            "email": .string(member.address), "id": .string(member.id), "list_id": .string(audience.id),
            "status": .string(member.status.rawValue),
            "departure": member.departure.map { .string($0.rawValue) } ?? .null,
            "opted_out_by_person": .bool(member.isOptedOutByPerson), "bounced": .bool(member.hasBounced),
            "merge_fields": .object(member.mergeFields), "tags": .array(tags.map(SandboxJSON.string)),
            "confirmation_mails": .int(member.confirmationMails),
            "last_changed": .string(MailchimpTime.text(member.lastChanged)), "source": .string(member.source),
        ]
    }
}
