import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct LinkInputTests {
        @Test(.timeLimit(.minutes(1)))
        func namesThatLeadNowhereAreRefused() async throws {
            try await Installation.run(members: 5, campaigns: 2) { installation in
                try await installation.connect()
                let account = Installation.account
                for (arguments, status, says) in [
                    (["link", "CAMP-404", "--to", account, "--yes"], Int32(1), "CAMP-404"),
                    (["link", installation.campaign(0).reference, "--to", "elsewhere", "--yes"], 1, "elsewhere"),
                    (["link", installation.campaign(0).reference, "--to", account, "--interval", "often"], 2, "interval"),
                    (["link"], 2, "campaign"),
                    (["sync", "--campaign", "CAMP-404"], 1, "CAMP-404"),
                ] {
                    let outcome = try await installation.causeway(arguments)
                    #expect(outcome.status == status, "\(arguments): \(outcome.text)")
                    #expect(outcome.errors.contains(says), "\(arguments): \(outcome.text)")
                }
                #expect(installation.provider.writes == [:], "nothing is written before a first link")
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func twoLinksToOneListNameAreRefused() async throws {
            try await Installation.run(members: 5, campaigns: 2) { installation in
                try await installation.connect()
                try await installation.link(0)
                let name = installation.campaign(0).publicName
                for (campaign, says) in [
                    (installation.campaign(1).reference, name), (installation.campaign(0).reference, "linked"),
                ] {
                    let outcome = try await installation.causeway([
                        "link", campaign, "--to", Installation.account, "--list-name", name, "--yes",
                    ])
                    #expect(outcome.status == 1, "\(outcome.text)")
                    #expect(outcome.errors.contains(says), "\(outcome.text)")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func aCampaignWithoutMembersGetsAnEmptyList() async throws {
            try await Installation.run(members: 5) { installation in
                let empty = try await installation.crm.act(
                    "edit", ["resource": "crm/campaigns", "create": ["name": "Nobody yet"]])
                try await installation.connect()
                let reference = empty["object_ref"]?.stringValue ?? ""
                try await installation.succeed(
                    "link", reference, "--to", Installation.account, "--interval", "1s", "--yes")
                _ = try await installation.serve()
                try await installation.waitForList("Nobody yet", of: [])
                try await wait(for: "agreement", every: .milliseconds(150)) {
                    let link = try await installation.status()["links"]?.arrayValue?.first
                    return link?["inSync"]?.boolValue == true && link?["members"]?.intValue == 0
                }

                // The first member makes it a list of one.
                let person = try #require(
                    try await CampaignOracle.read(installation.crm).records.values
                        .filter { $0.resource == "crm/people" && $0.main.contains("@example.org") }
                        .min { $0.id < $1.id })
                try await installation.crm.act(
                    "edit",
                    [
                        "resource": "crm/campaign_membership",
                        "create": [
                            "marketing_campaign_id": empty["id"] ?? .null, "party_or_lead_id": .int(person.id),
                            "party_or_lead_type": "Private::Crm::Person",
                        ],
                    ])
                try await installation.waitForList("Nobody yet", of: [CampaignOracle.compared(person.main)])
            }
        }
    }
}
