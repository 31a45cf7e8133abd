import Bridge
import Reconciliation
import Sandbox
import Testing
import Workbooks

/// Writing to a database that behaves as the contract says.
@Suite struct SandboxWritingTests {
    @Test func setsTheFlagOnBothKindsAndClearsIt() async throws {
        try await SandboxWorld.run { world in
            let records = [
                try await world.person(["main_location[email]": "a@example.org"]),
                try await world.lead(["org_lead_party[main_location[email]]": "a@example.org"]),
            ]
            for record in records {
                let set = try await world.client.write([CRMWrite(.optOutFlag(record, true), lockVersion: 0)])
                #expect(set == [.written(lockVersion: 1, updatedAt: Timestamp(seconds: 1_780_000_000))])
                #expect(try await world.record(record).isOptedOut)
                let again = try await world.client.write([CRMWrite(.optOutFlag(record, true), lockVersion: 1)])
                #expect(again == [.unchanged(lockVersion: 1)])
                _ = try await world.client.write([CRMWrite(.optOutFlag(record, false), lockVersion: 1)])
                #expect(try await !world.record(record).isOptedOut)
                _ = try await world.client.write([CRMWrite(.undeliverableMark(record, true), lockVersion: 2)])
                #expect(try await world.record(record).isUndeliverable)
            }
        }
    }

    @Test func judgesEachRowOfABatch() async throws {
        try await SandboxWorld.run { world in
            let people = try await (0..<4).asyncMap {
                try await world.person(["main_location[email]": .string("\($0)@example.org")])
            }
            try await world.edit(.people, ["id": .int(Int(people[1].id)), "set": ["person_job_title": "Head"]])
            try await world.edit(.people, ["id": .int(Int(people[2].id)), "delete": true])
            let outcomes = try await world.client.write(people.map { CRMWrite(.optOutFlag($0, true), lockVersion: 0) })
            #expect(outcomes[0] == .written(lockVersion: 1, updatedAt: Timestamp(seconds: 1_780_000_000)))
            #expect(outcomes[1] == .stale)
            guard case .gone = outcomes[2] else { throw Unexpected(outcomes[2]) }
            #expect(outcomes[3] == outcomes[0])
            #expect(world.server.calls.counts["PUT /crm/people.api"] == 1)
            let now = try await world.client.records(people)
            #expect(now.map(\.isOptedOut) == [true, false, false, true])
        }
    }

    @Test func writesAHundredMemberStatusesAtOnce() async throws {
        try await SandboxWorld.run(members: 100) { world in
            let members = try await world.client.members(of: world.campaign, after: nil).members
            let statuses = try await world.client.statuses(of: world.campaign)
            let leaving = try #require(statuses.first { $0.text == "Unsubscribed" })
            world.server.calls.reset()
            let outcomes = try await world.client.write(
                members.map { CRMWrite(.memberStatus($0.id, statusID: leaving.id), lockVersion: $0.lockVersion) }
            )
            #expect(world.calls == 1)
            #expect(outcomes.count == 100)
            let after = try await world.client.members(of: world.campaign, after: nil).members
            #expect(after.allSatisfy { $0.statusID == leaving.id })
        }
    }

    @Test func createsAStatusOnce() async throws {
        try await SandboxWorld.run(campaigns: 2) { world in
            let first = world.campaign
            let second = CampaignID(Int64(world.summary.campaigns[1].id))
            let known = try await world.client.createStatus(in: first, text: "unsubscribed")
            #expect(known.text == "Unsubscribed")
            let made = try await world.client.createStatus(in: second, text: "Unsubscribed")
            #expect(made.campaign == second)
            #expect(made.id != known.id)
            #expect(try await world.client.createStatus(in: second, text: "Unsubscribed") == made)
            let texts = try await world.client.statuses(of: second).map(\.text)
            #expect(texts.filter { $0 == "Unsubscribed" }.count == 1)
            #expect(world.server.calls.counts["PUT /crm/campaign_membership_status.api"] == 1)
        }
    }

    @Test func findsTheStatusWhoseCreationWasNotAnswered() async throws {
        try await SandboxWorld.run(campaigns: 2) { world in
            let campaign = CampaignID(Int64(world.summary.campaigns[1].id))
            // The first call reads the statuses; the second one creates.
            try world.fail(["kind": "reset-after", "path": "campaign_membership_status", "after": 1])
            let made = try await world.client.createStatus(in: campaign, text: "Unsubscribed")
            let statuses = try await world.client.statuses(of: campaign)
            #expect(statuses.filter { $0.text == "Unsubscribed" } == [made])
        }
    }

    @Test(arguments: ["reset-after", "html", "empty", "truncated", "status"])
    func knowsNothingOfAWriteWhoseAnswerWasLost(kind: String) async throws {
        try await SandboxWorld.run { world in
            let person = try await world.person(["main_location[email]": "a@example.org"])
            try world.fail(["kind": .string(kind), "effect": true, "status": kind == "status" ? 500 : 200])
            let error = try await portError {
                try await world.client.write([CRMWrite(.optOutFlag(person, true), lockVersion: 0)])
            }
            #expect(error.code == .unknownOutcome)
            #expect(try await world.record(person).isOptedOut)
            #expect(world.server.calls.counts["PUT /crm/people.api"] == 1)
        }
    }

    @Test func writesOnceThroughAChainOfDelays() async throws {
        try await SandboxWorld.run { world in
            let person = try await world.person(["main_location[email]": "a@example.org"])
            try world.fail(["kind": "redirect-delay", "count": 3, "delayMs": 10])
            let outcomes = try await world.client.write([CRMWrite(.optOutFlag(person, true), lockVersion: 0)])
            #expect(outcomes == [.written(lockVersion: 1, updatedAt: Timestamp(seconds: 1_780_000_000))])
            #expect(try await world.record(person).lockVersion == 1)
            #expect(world.server.calls.counts["GET /delay/{token}"] == 3)
        }
    }

    @Test func mayWriteAgainAfterALostSession() async throws {
        try await SandboxWorld.run { world in
            let person = try await world.person(["main_location[email]": "a@example.org"])
            try world.fail(["kind": "session-expired"])
            let write = [CRMWrite(.optOutFlag(person, true), lockVersion: 0)]
            #expect(try await portError { try await world.client.write(write) }.code == .unavailable)
            let outcomes = try await world.client.write(write)
            #expect(outcomes.count == 1)
            #expect(try await world.record(person).lockVersion == 1)
        }
    }

    @Test func readsTheDocumentedSentenceAsStale() async throws {
        try await SandboxWorld.run { world in
            let person = try await world.person(["main_location[email]": "a@example.org"])
            try world.fail(["kind": "stale"])
            let outcomes = try await world.client.write([CRMWrite(.optOutFlag(person, true), lockVersion: 0)])
            #expect(outcomes == [.stale])
        }
    }

    private struct Unexpected: Error {
        var outcome: CRMWriteOutcome
        init(_ outcome: CRMWriteOutcome) { self.outcome = outcome }
    }
}

extension Sequence {
    /// Maps one element after the other.
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
