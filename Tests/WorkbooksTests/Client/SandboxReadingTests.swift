import Bridge
import Reconciliation
import Sandbox
import Testing
import Workbooks

/// Reading from a database that behaves as the contract says.
@Suite struct SandboxReadingTests {
    @Test func identifiesTheDatabase() async throws {
        try await SandboxWorld.run { world in
            let identity = try await world.client.identify()
            #expect(Int64(identity.databaseID) != nil)
            #expect(identity.databaseName == "Sandbox")
            #expect(identity.userID != nil)
        }
    }

    @Test func saysThatAKeyIsWrong() async throws {
        try await SandboxWorld.run(key: "wrong") { world in
            for error in [
                try await portError { try await world.client.identify() },
                try await portError { try await world.client.campaigns() },
            ] {
                #expect(error.code == .needsAuthorisation)
                #expect(error.detail.contains("unrecognised_name_or_password"))
                #expect(error.status == 401)
            }
        }
    }

    @Test func readsCampaignsWithTheirPublicNames() async throws {
        try await SandboxWorld.run(campaigns: 3) { world in
            _ = try await world.client.campaigns()
            let found = try await world.client.campaigns()
            #expect(found.map(\.id.rawValue) == world.summary.campaigns.map { Int64($0.id) })
            #expect(found.map(\.reference) == world.summary.campaigns.map(\.reference))
            #expect(found.map(\.name) == world.summary.campaigns.map(\.name))
            #expect(found.map(\.publicName) == world.summary.campaigns.map(\.publicName))
            #expect(world.server.calls.counts["GET /metadata/types.api"] == 1)
        }
    }

    @Test func readsThePublicNameFromTheFieldThatIsSet() async throws {
        try await SandboxWorld.run(campaigns: 1, publicNameField: "goals") { world in
            let found = try await world.client.campaigns()
            #expect(found.map(\.publicName) == ["Inform customers"])
            #expect(world.calls == 1)
        }
    }

    @Test func leavesDeletedAndHiddenCampaignsOut() async throws {
        try await SandboxWorld.run(campaigns: 3) { world in
            let ids = world.summary.campaigns.map(\.id)
            try await world.edit(.campaigns, ["id": .int(ids[0]), "delete": true])
            try await world.edit(.campaigns, ["id": .int(ids[1]), "hide": true])
            let found = try await world.client.campaigns()
            #expect(found.map(\.id.rawValue) == [Int64(ids[2])])
        }
    }

    @Test func walksACampaignsMembersInIdOrder() async throws {
        try await SandboxWorld.run(members: 250) { world in
            var found: [CampaignMember] = []
            var sizes: [Int] = []
            while true {
                let page = try await world.client.members(of: world.campaign, after: found.last?.id)
                found += page.members
                sizes.append(page.members.count)
                if page.isLast { break }
            }
            #expect(sizes == [100, 100, 50])
            #expect(found.map(\.id) == found.map(\.id).sorted())
            #expect(found.allSatisfy { $0.campaign == world.campaign && $0.record != nil && $0.statusID > 0 })
            #expect(Set(found.compactMap { $0.record?.kind }) == [.person, .lead])
        }
    }

    @Test func readsMembersById() async throws {
        try await SandboxWorld.run(members: 5) { world in
            let all = try await world.client.members(of: world.campaign, after: nil).members
            try await world.edit(.members, ["id": .int(Int(all[0].id.rawValue)), "delete": true])
            try await world.edit(.members, ["id": .int(Int(all[1].id.rawValue)), "hide": true])
            let found = try await world.client.members(all.map(\.id))
            #expect(found.map(\.id) == all.map(\.id).filter { $0 != all[1].id })
            #expect(found.map(\.isDeleted) == [true, false, false, false])
        }
    }

    @Test func readsRecordsOfBothKindsDeletedOnesFlagged() async throws {
        try await SandboxWorld.run { world in
            let person = try await world.person([
                "name": "Ada Marsh", "person_first_name": "Ada", "person_last_name": "Marsh",
                "main_location[email]": "Ada@Example.org", "home_location[email]": "home@example.org",
                "no_email_soliciting": true,
            ])
            let lead = try await world.lead([
                "person_lead_party[person_first_name]": "Ben", "person_lead_party[person_last_name]": "Ortiz",
                "org_lead_party[main_location[email]]": "ben@example.org",
                "org_lead_party[main_location[alternate_email]]": "b2@example.org",
                "org_lead_party[main_location[email_address_undeliverable]]": true, "record_state": "closed",
            ])
            let gone = try await world.person(["main_location[email]": "gone@example.org"])
            try await world.edit(.people, ["id": .int(Int(gone.id)), "delete": true])
            let hidden = try await world.person(["main_location[email]": "hidden@example.org"])
            try await world.edit(.people, ["id": .int(Int(hidden.id)), "hide": true])

            let found = try await world.client.records([lead, hidden, gone, person, person])
            #expect(found.map(\.id) == [person, gone, lead])
            #expect(found.map(\.isDeleted) == [false, true, false])
            #expect(found[0].mainEmail == "Ada@Example.org")
            #expect(found[0].otherEmails == ["home@example.org"])
            #expect(found[0].isOptedOut)
            #expect(found[0].lastName == "Marsh")
            #expect(found[0].updatedBy == 7)
            #expect(found[0].updatedAt == Timestamp(seconds: 1_780_000_000))
            #expect(found[2].otherEmails == ["b2@example.org"])
            #expect(found[2].firstName == "Ben")
            #expect(found[2].isUndeliverable)
            #expect(!found[2].isOptedOut)
        }
    }

    @Test func findsRecordsByAnyOfTheirAddresses() async throws {
        try await SandboxWorld.run { world in
            let columns = [
                "main_location[email]", "main_location[alternate_email]", "home_location[email]",
                "home_location[alternate_email]",
            ]
            var wanted: Set<RecordID> = []
            for (index, column) in columns.enumerated() {
                wanted.insert(try await world.person([column: .string("P\(index)@Example.org")]))
                let nested = column.split(separator: "[").joined(separator: "[").dropLast()
                wanted.insert(
                    try await world.lead([
                        "org_lead_party[\(nested)]]": .string("p\(index)@example.org"), "record_state": "closed",
                    ])
                )
            }
            _ = try await world.person(["main_location[email]": "other@example.org"])
            let addresses = (0..<4).map { Address(compared: "p\($0)@example.org") }
            let found = try await world.client.records(having: addresses)
            #expect(Set(found.map(\.id)) == wanted)
            #expect(found.count == wanted.count)
            #expect(world.calls == 2)
        }
    }

    @Test(arguments: [
        #""a,b"@example.org"#, #""a\b"@example.org"#, #""\,"@example.org"#, "o'neill+x&y=z%@example.org",
        "zoë@example.org",
    ])
    func findsAddressesThatAFilterCannotCarryPlainly(address: String) async throws {
        try await SandboxWorld.run { world in
            let person = try await world.person(["main_location[email]": .string(address)])
            _ = try await world.person(["main_location[email]": #""a"@example.org"#])
            let wanted = [Address(compared: address), Address(compared: "nobody@example.org")]
            let found = try await world.client.records(having: wanted)
            #expect(found.map(\.id) == [person])
        }
    }

    @Test func findsMoreRecordsThanOneAnswerHolds() async throws {
        try await SandboxWorld.run { world in
            for _ in 0..<230 { _ = try await world.person(["main_location[email]": "info@example.org"]) }
            let many = (0..<150).map { Address(compared: "nobody.\($0)@example.org") }
            let found = try await world.client.records(having: many + [Address(compared: "info@example.org")])
            #expect(found.count == 230)
        }
    }

    @Test func namesTheAttributesOfAKind() async throws {
        try await SandboxWorld.run { world in
            let people = try await world.client.attributes(of: .person)
            let leads = try await world.client.attributes(of: .lead)
            let region = try #require(people.first { $0.name == "cf_person_region" })
            #expect(region.dataType == "string")
            #expect(region.maximumLength == 255)
            #expect(people.contains { $0.name == "main_location[town]" })
            #expect(!people.contains { $0.name == "cf_lead_region" })
            #expect(leads.contains { $0.name == "cf_lead_region" })
            #expect(people.allSatisfy { !$0.name.hasPrefix("_") })
        }
    }

    @Test func readsMappedAttributesInTheirCommonForm() async throws {
        let mapped = [
            "cf_person_region", "cf_person_member_since", "cf_person_newsletter", "cf_person_member_number",
            "created_at",
        ]
        try await SandboxWorld.run(mapped: [.person: mapped, .lead: ["cf_sales_lead_score"]]) { world in
            let person = try await world.person([
                "cf_person_region": "North", "cf_person_member_since": "2023-05-02", "cf_person_newsletter": true,
            ])
            let lead = try await world.lead(["cf_sales_lead_score": 41])
            let found = try await world.client.records([person, lead])
            #expect(
                found[0].fields == [
                    "cf_person_region": "North", "cf_person_member_since": "2023-05-02", "cf_person_newsletter": "true",
                    "cf_person_member_number": "", "created_at": "2026-05-28T20:26:40Z",
                ]
            )
            #expect(found[1].fields == ["cf_sales_lead_score": "41"])
        }
    }

    @Test func toleratesKeysItDoesNotKnow() async throws {
        try await SandboxWorld.run(members: 3) { world in
            try world.fail(["kind": "unknown-keys"])
            let page = try await world.client.members(of: world.campaign, after: nil)
            #expect(page.members.count == 3)
        }
    }

    @Test(arguments: [
        "reset-before", "reset-after", "html", "empty", "truncated", "status", "session-expired", "redirect-delay",
    ])
    func readsOnAfterAPassingFault(kind: String) async throws {
        try await SandboxWorld.run(members: 3) { world in
            try world.fail(["kind": .string(kind), "status": kind == "status" ? 500 : 200, "count": 3, "delayMs": 10])
            let page = try await world.client.members(of: world.campaign, after: nil)
            #expect(page.members.count == 3)
        }
    }
}
