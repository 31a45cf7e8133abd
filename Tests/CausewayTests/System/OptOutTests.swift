import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct OptOutTests {
        @Test(.timeLimit(.minutes(2)))
        func anUnsubscribeAtTheProviderFlagsEveryRecordWithTheAddress() async throws {
            try await Installation.run(members: 200, campaigns: 2) { installation in
                try await installation.connectAndLink()
                _ = try await installation.serve()
                let onList = try await installation.waitForFirstSync(0)
                try await installation.waitForFirstSync(1)
                let before = try await CampaignOracle.read(installation.crm)
                // One address that a Person and a Lead share, or two of either.
                let shared = try #require(onList.sorted().first { before.records(having: $0).count > 1 })

                try await installation.provider.act("unsubscribe", ["email": .string(shared), "reason": "enough"])

                try await wait(for: "flags", within: .seconds(20), every: .milliseconds(50)) {
                    let oracle = try await CampaignOracle.read(installation.crm)
                    return oracle.records(having: shared).allSatisfy(\.isOptedOut)
                }
                for index in 0...1 {
                    try await installation.waitForList(
                        index, of: try await CampaignOracle.read(installation.crm).list(of: installation.campaign(index).id))
                }
                try await wait(for: "leaving statuses", within: .seconds(20), every: .milliseconds(50)) {
                    let oracle = try await CampaignOracle.read(installation.crm)
                    return (0...1).flatMap {
                        oracle.members(of: installation.campaign($0).id, standingFor: shared)
                    }.allSatisfy { $0.status == "Unsubscribed" }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aFlagSetInWorkbooksUnsubscribesTheContact() async throws {
            try await Installation.run(members: 60) { installation in
                try await installation.connectAndLink()
                _ = try await installation.serve()
                let onList = try await installation.waitForFirstSync()
                let oracle = try await CampaignOracle.read(installation.crm)
                let person = try #require(
                    oracle.records.values.filter { $0.resource == "crm/people" && onList.contains($0.main) }
                        .min { $0.id < $1.id })

                try await installation.crm.act(
                    "edit",
                    ["resource": "crm/people", "id": .int(person.id), "set": ["no_email_soliciting": .bool(true)]])

                try await wait(for: "unsubscribe", within: .seconds(20), every: .milliseconds(50)) {
                    let contacts = try await ProviderState.read(installation.provider).contacts
                    let contact = contacts.first { $0.address == person.main }
                    return contact?.permission == "unsubscribed" && contact?.lists == []
                }
                try await installation.waitForList(of: onList.subtracting([person.main]))
                // What Causeway wrote itself comes back in its polls and is nobody's act.
                try await installation.waitForQuiet()
                let after = try await CampaignOracle.read(installation.crm)
                #expect(after.records.values.filter(\.isOptedOut).count == oracle.records.values.filter(\.isOptedOut).count + 1)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aMemberWhoIsRemovedLeavesTheListAndStaysSubscribed() async throws {
            try await Installation.run(members: 30) { installation in
                try await installation.connectAndLink()
                _ = try await installation.serve()
                let onList = try await installation.waitForFirstSync()
                let oracle = try await CampaignOracle.read(installation.crm)
                let member = try #require(
                    oracle.members.first { onList.contains(oracle.records[$0.record]?.main ?? "") })
                let address = try #require(oracle.records[member.record]?.main)

                try await installation.crm.act(
                    "edit", ["resource": "crm/campaign_membership", "id": .int(member.id), "delete": .bool(true)])

                try await installation.waitForList(of: onList.subtracting([address]))
                try await installation.waitForQuiet()
                let contact = try await ProviderState.read(installation.provider).contacts.first { $0.address == address }
                #expect(contact?.permission == "implicit", "leaving is not opting out")
                let after = try await CampaignOracle.read(installation.crm)
                #expect(after.records(having: address).allSatisfy { !$0.isOptedOut })
            }
        }
    }
}
