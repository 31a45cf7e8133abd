import Bridge
import ConstantContact
import Foundation
import Reconciliation
import Sandbox
import Testing

@Suite struct BulkTests {
    @Test func importsContactsOntoLists() async throws {
        try await withWorld { world in
            let lists = [
                try await world.client.createList(named: "Spring", description: "").id,
                try await world.client.createList(named: "All Workbooks Contacts", description: "").id,
            ]
            let field = try await world.client.createField(labelled: "Workbooks ID")
            let rows = [
                ContactRow(email: "ada@example.org", firstName: "Ada", lastName: "Byron", fields: [field.name: "P1"]),
                ContactRow(email: "zoë@example.org", firstName: "\"Zo\\ë\"", lastName: "\u{1}\t"),
                ContactRow(email: "c@example.org", firstName: "", lastName: "", fields: [field.name: ""]),
            ]
            let activity = try await world.client.handOver(.upsert(Array(rows.prefix(1)) + [rows[2]], onto: lists))
            #expect(
                try await result(of: activity, world)
                    == ActivityResult(completed: true, state: "completed", rowsRead: 2)
            )
            for list in lists { #expect(try await world.members(of: list) == ["ada@example.org", "c@example.org"]) }

            let ada = try #require(try await world.truth(of: "ada@example.org"))
            #expect(ada["custom_fields"]?["Workbooks_ID"]?.stringValue == "P1")
            #expect(ada["permission_to_send"]?.stringValue == "implicit")

            // What is left out stays as it was.
            let again = ContactRow(email: "ada@example.org", firstName: "", lastName: "Lovelace")
            _ = try await world.client.submit(.upsert([again], onto: lists))
            let changed = try #require(try await world.truth(of: "ada@example.org"))
            #expect(changed["first_name"]?.stringValue == "Ada")
            #expect(changed["last_name"]?.stringValue == "Lovelace")
            #expect(changed["custom_fields"]?["Workbooks_ID"]?.stringValue == "P1")
        }
    }

    @Test func carriesTextsAsTheyAre() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let name = "\"q\" \\ / \t\n\u{1F} Ærøskøbing 日本 😀 \u{2028}"
            let row = ContactRow(email: "a@example.org", firstName: name, lastName: "x")
            _ = try await world.client.submit(.upsert([row], onto: [list]))
            #expect(try await world.truth(of: "a@example.org")?["first_name"]?.stringValue == name)
        }
    }

    @Test func namesTheRowsThatFailed() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            _ = try await world.plant(#"{"email":"out@example.org","permission_to_send":"unsubscribed"}"#)
            let rows = ["a@example.org", "nonsense", "out@example.org", "b@example.org", "@"].map {
                ContactRow(email: $0, firstName: "", lastName: "")
            }
            let activity = try await world.client.handOver(.upsert(rows, onto: [list]))
            let result = try await result(of: activity, world)
            #expect(result.completed)
            #expect(result.rowErrors.map(\.index) == [1, 4])
            #expect(result.rowErrors.allSatisfy { $0.text.hasPrefix("Line ") })
            #expect(result.unnamedRefusals == 1)
            #expect(result.rowsRead == 5)
        }
    }

    @Test func countsTheRowsThatWereRead() async throws {
        try await withWorld {
            $0.importByteLimit = 2000
        } _: { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let rows = (0..<100).map { ContactRow(email: "p\($0)@example.org", firstName: "P", lastName: "") }
            let activity = try await world.client.handOver(.upsert(rows, onto: [list]))
            let read = try #require(try await result(of: activity, world).rowsRead)
            #expect((1..<100).contains(read))
            #expect(try await world.members(of: list).count == read)
        }
    }

    @Test func packsByEncodedBytes() throws {
        let client = try offlineClient()
        let lists = [ListID("7d5c1e34-0b7a-4c0e-9a55-3f2d1b6a9e01"), ListID("0f4a2c9e-66b1-4d57-8a3c-5be2f70c1d02")]
        let rows = (0..<30_000).map { number in
            ContactRow(
                email: "person\(number)@example.org",
                firstName: "Quote \" and \\",
                lastName: "Größe\t\u{2}",
                fields: ["Workbooks_ID": String(repeating: "\"", count: number % 80), "Empty": ""]
            )
        }
        let packing = client.packing(of: rows, onto: lists)
        #expect(packing.reduce(0, +) == rows.count)
        #expect(packing.count > 1)

        // The sizes as another encoder has them; the order of members does not change a length.
        let sizes = try rows.map { try size(of: $0) }
        let frame = #"{"import_data":[],"list_ids":["",""]}"#.utf8.count + 2 * 36
        var start = 0
        for count in packing {
            let bytes = frame + sizes[start..<start + count].reduce(0, +) + count - 1
            #expect(bytes <= 3_900_000)
            if start + count < rows.count { #expect(bytes + sizes[start + count] + 1 > 3_900_000 - 1) }
            start += count
        }
    }

    @Test func packsByRows() throws {
        let client = try offlineClient()
        let rows = (0..<80_001).map { ContactRow(email: "p\($0)@e.org", firstName: "", lastName: "") }
        #expect(client.packing(of: rows, onto: [ListID("l")]) == [40_000, 40_000, 1])
        #expect(client.packing(of: Array(rows.prefix(40_000)), onto: [ListID("l")]) == [40_000])
        #expect(client.packing(of: [], onto: [ListID("l")]).isEmpty)
    }

    @Test func removesContactsFromLists() async throws {
        try await withWorld { world in
            let spring = try await world.client.createList(named: "Spring", description: "").id
            let autumn = try await world.client.createList(named: "Autumn", description: "").id
            let both = #"["\#(spring)","\#(autumn)"]"#
            let ada = try await world.plant(#"{"email":"ada@example.org","list_ids":\#(both)}"#)
            let bob = try await world.plant(#"{"email":"bob@example.org","list_ids":\#(both)}"#)

            let activity = try await world.client.handOver(.remove([ContactReference(ada)], from: [spring]))
            #expect(try await result(of: activity, world).completed)
            #expect(try await world.members(of: spring) == ["bob@example.org"])
            #expect(try await world.members(of: autumn) == ["ada@example.org", "bob@example.org"])

            // Taking off who is not on is no error.
            let again = try await world.client.handOver(
                .remove([ContactReference(ada), ContactReference(bob)], from: [spring, autumn])
            )
            let ended = try await result(of: again, world)
            #expect(ended.completed)
            #expect(ended.unnamedRefusals == 0)
            #expect(try await world.members(of: autumn).isEmpty)
        }
    }

    @Test func sendsNothingThatWouldBeCutOffOrRefused() async throws {
        try await withWorld { world async throws in
            let row = ContactRow(email: "a@example.org", firstName: "", lastName: "")
            let lists = (0..<51).map { ListID("\($0)") }
            let changes: [BulkChange] = [
                .upsert([], onto: [ListID("l")]),
                .upsert([row], onto: []),
                .upsert([row], onto: lists),
                .upsert(Array(repeating: row, count: 40_001), onto: [ListID("l")]),
                .remove([], from: [ListID("l")]),
                .remove([ContactReference(ContactID("c"))], from: []),
                .remove([ContactReference(ContactID("c"))], from: lists),
                .remove((0..<501).map { ContactReference(ContactID("\($0)")) }, from: [ListID("l")]),
            ]
            for change in changes {
                #expect(try await failure { try await world.client.submit(change) }.code == .refused)
            }
            #expect(world.calls == 0)
        }
    }

    @Test func readsOnePageForManyActivities() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            var activities: [ActivityID] = []
            for number in 0..<6 {
                let row = ContactRow(email: "p\(number)@example.org", firstName: "", lastName: "")
                activities.append(try await world.client.handOver(.upsert([row], onto: [list])))
            }
            let progress = try await world.client.progress(of: activities)
            #expect(Set(progress.keys) == Set(activities))
            #expect(world.calls("GET /v3/activities") == 1)
            #expect(world.calls("GET /v3/activities/{id}") == 0)

            _ = try await world.client.progress(of: Array(activities.prefix(1)))
            #expect(world.calls("GET /v3/activities") == 1)
            #expect(world.calls("GET /v3/activities/{id}") == 1)
            #expect(try await world.client.progress(of: []).isEmpty)
        }
    }

    @Test func leavesOutActivitiesThatAreForgotten() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let row = ContactRow(email: "a@example.org", firstName: "", lastName: "")
            let old = try await world.client.handOver(.upsert([row], onto: [list]))
            world.clock.advance(by: 11 * 86_400)
            let new = try await world.client.handOver(.upsert([row], onto: [list]))
            #expect(Set(try await world.client.progress(of: [old, new]).keys) == [new])
            #expect(try await world.client.progress(of: [old]).isEmpty)
        }
    }

    @Test func followsAnActivityFromStartToEnd() async throws {
        try await withWorld {
            $0.activitySeconds = 100
        } _: { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let row = ContactRow(email: "a@example.org", firstName: "", lastName: "")
            let activity = try await world.client.handOver(.upsert([row], onto: [list]))
            #expect(try await world.client.progress(of: [activity]) == [activity: .running])
            world.clock.advance(by: 50)
            #expect(try await world.client.progress(of: [activity]) == [activity: .running])
            world.clock.advance(by: 51)
            #expect(try await result(of: activity, world).completed)
        }
    }

    @Test(arguments: ["failed", "cancelled", "timed_out"])
    func tellsHowAnActivityFailed(state: String) async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            try await world.control("activities", #"{"outcome":"\#(state)"}"#)
            let row = ContactRow(email: "a@example.org", firstName: "", lastName: "")
            let activity = try await world.client.handOver(.upsert([row], onto: [list]))
            let result = try await result(of: activity, world)
            #expect(!result.completed)
            #expect(result.state == state)
        }
    }

    @Test func doesNotTakeAnUnknownStateForAnEnd() async throws {
        try await withWorld { world in
            let body = #"{\"activity_id\":\"a1\",\"state\":\"resting\"}"#
            try world.fault(#"{"kind":"status","status":200,"path":"activities","body":"\#(body)"}"#)
            #expect(try await world.client.progress(of: [ActivityID("a1")]) == [ActivityID("a1"): .running])
        }
    }

    private func result(of activity: ActivityID, _ world: World) async throws -> ActivityResult {
        guard case .ended(let result)? = try await world.client.progress(of: [activity])[activity] else {
            throw PortError(.notFound, operation: "test", detail: "the activity has not ended")
        }
        return result
    }

    private func size(of row: ContactRow) throws -> Int {
        var members = ["email": row.email, "first_name": row.firstName, "last_name": row.lastName]
        for (name, value) in row.fields { members["cf:\(name)"] = value }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return try encoder.encode(members.filter { !$0.value.isEmpty }).count
    }
}
