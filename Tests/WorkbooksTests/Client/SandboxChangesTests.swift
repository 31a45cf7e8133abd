import Bridge
import Reconciliation
import Sandbox
import Testing
import Workbooks

/// Reading changes from a database that behaves as the contract says (workbooks.md §5).
@Suite struct SandboxChangesTests {
    @Test func readsNothingButTheOverlapWhereNothingChanged() async throws {
        try await SandboxWorld.run(members: 250) { world in
            for source in CRMSource.allCases {
                let latest = try await world.client.latestPosition(of: source)
                world.advance(seconds: 60)
                world.server.calls.reset()
                let (ids, rest) = try await world.poll(source, from: latest)
                #expect(ids.count < 3)
                #expect(rest.second == latest.second)
                #expect(world.calls == 1)
            }
        }
    }

    @Test(arguments: CRMSource.allCases)
    func readsEverythingFromTheBeginning(source: CRMSource) async throws {
        // 250 of the seeded records are stamped with one second.
        try await SandboxWorld.run(members: 450) { world in
            let (ids, rest) = try await world.poll(source, from: ChangePosition(second: 0))
            let count = [CRMSource.people: world.summary.people, .leads: world.summary.salesLeads, .members: 450][
                source
            ]
            #expect(Set(ids).count == count)
            let latest = try await world.client.latestPosition(of: source)
            #expect(rest.second >= latest.second - 1)
        }
    }

    @Test func findsARowThatChangesBetweenTwoPages() async throws {
        try await SandboxWorld.run(members: 250) { world in
            let first = try await world.client.changes(of: .members, after: ChangePosition(second: 0))
            let moved = try #require(first.members.first)
            try await world.edit(
                .members,
                ["id": .int(Int(moved.id.rawValue)), "set": ["created_through_reference": "x"]]
            )
            let (ids, _) = try await world.poll(.members, from: first.next)
            #expect(Set(first.members.map(\.id.rawValue) + ids).count == 250)
            #expect(ids.contains(moved.id.rawValue))
        }
    }

    @Test func showsEditsDeletionsAndWhoMadeThem() async throws {
        try await SandboxWorld.run(members: 3) { world in
            let person = try await world.person(["main_location[email]": "a@example.org"])
            let gone = try await world.person(["main_location[email]": "b@example.org"])
            let latest = try await world.client.latestPosition(of: .people)
            world.advance(seconds: 300)
            try await world.edit(.people, ["id": .int(Int(person.id)), "set": ["no_email_soliciting": true], "by": 12])
            try await world.edit(.people, ["id": .int(Int(gone.id)), "delete": true])
            let page = try await world.client.changes(of: .people, after: latest)
            let changed = page.records.filter { $0.updatedAt == Timestamp(seconds: 1_780_000_300) }
            #expect(Set(changed.map(\.id)) == [person, gone])
            let edited = try #require(changed.first { $0.id == person })
            #expect(edited.isOptedOut && edited.updatedBy == 12 && edited.lockVersion == 1)
            #expect(changed.first { $0.id == gone }?.isDeleted == true)
            #expect(page.isLast)
            #expect(page.next.second == 1_780_000_300)
        }
    }

    @Test func findsEveryRowOfAnImportWithinOneSecond() async throws {
        try await SandboxWorld.run { world in
            let latest = try await world.client.latestPosition(of: .people)
            var wanted: Set<Int64> = []
            for index in 0..<250 {
                if index == 10 { world.advance(seconds: 500) }
                wanted.insert(try await world.person(["main_location[email]": .string("\(index)@example.org")]).id)
            }
            let (ids, rest) = try await world.poll(.people, from: latest)
            #expect(Set(ids) == wanted)
            world.advance(seconds: 300)
            let (again, settled) = try await world.poll(.people, from: rest)
            #expect(again.count >= 240)
            world.server.calls.reset()
            let (none, _) = try await world.poll(.people, from: settled)
            #expect(none.isEmpty)
            #expect(world.calls == 1)
        }
    }

    @Test func startsAtTheBeginningOfAnEmptySource() async throws {
        try await SandboxWorld.run { world in
            let latest = try await world.client.latestPosition(of: .leads)
            #expect(latest.second == 0)
            let page = try await world.client.changes(of: .leads, after: latest)
            #expect(page.isLast && page.records.isEmpty)
            let lead = try await world.lead(["org_lead_party[main_location[email]]": "a@example.org"])
            let (ids, _) = try await world.poll(.leads, from: page.next)
            #expect(ids == [lead.id])
        }
    }
}
