import Sandbox
import Testing

/// Item 50 of workbooks.md §11, the seeded world and the controls.
struct WorkbooksDeltaTests {
    /// Reads everything changed since `since` by the algorithm of §5.3; calls `between` after every page.
    private func delta(
        _ world: WorkbooksWorld,
        since: Int,
        between: () async throws -> Void = {}
    ) async throws -> Set<Int> {
        var seen: Set<Int> = []
        var cursor = since
        func page(_ filters: [(String, String, String)], sort: [String]) async throws -> [(id: Int, at: Int)] {
            var parameters = [
                ("_start", "0"), ("_limit", "100"), ("__skip_total_rows", "true"), ("_select_columns[]", "id"),
                ("_select_columns[]", "updated_at"), ("_json_output_datetime_format", "%s"),
                ("_fm", filters.count == 3 ? "1 AND (2 OR 3)" : "1 AND (2 OR 3) AND 4"),
            ]
            for (field, test, criterion) in filters {
                parameters += [("_ff[]", field), ("_ft[]", test), ("_fc[]", criterion)]
            }
            for column in sort { parameters += [("_sort[]", column), ("_dir[]", "ASC")] }
            return try await world.rows("crm/people", parameters).map { row in
                (row["id"]?.intValue ?? 0, row["updated_at"]?.stringValue.flatMap { Int($0) } ?? 0)
            }
        }
        let deleted = [("is_deleted", "true", ""), ("is_deleted", "false", "")]
        while true {
            let rows = try await page([("updated_at", "ge", String(cursor))] + deleted, sort: ["updated_at", "id"])
            seen.formUnion(rows.map(\.id))
            try await between()
            guard rows.count == 100, let last = rows.last else { return seen }
            if rows.allSatisfy({ $0.at == last.at }) {
                var lastID = last.id
                while true {
                    let drained = try await page(
                        [("updated_at", "eq", String(last.at))] + deleted + [("id", "gt", String(lastID))],
                        sort: ["id"]
                    )
                    seen.formUnion(drained.map(\.id))
                    guard drained.count == 100, let next = drained.last else { break }
                    lastID = next.id
                }
                cursor = last.at + 1
            } else {
                cursor = last.at
            }
        }
    }

    @Test func losesNoRowOfOneSecondNorOneThatChangesBetweenPages() async throws {
        try await WorkbooksWorld.run(members: 600) { world in
            let all = try #require(try await world.list("crm/people").json?["total"]?.intValue)
            let rows = try await world.rows("crm/people", [("_sort", "updated_at"), ("_select_columns[]", "id")])
            var changing = rows.compactMap { $0["id"]?.intValue }
            let seen = try await delta(world, since: 0) {
                guard let id = changing.popLast() else { return }
                world.clock.advance(by: 1)
                try await world.control(
                    "POST",
                    "edit",
                    #"{"resource":"crm/people","id":\#(id),"set":{"website":"\#(id).example.org"},"by":8}"#
                )
            }
            #expect(seen.count == all)
        }
    }

    @Test func seedsEqualWorldsWithEveryTrait() async throws {
        try await WorkbooksWorld.run(members: 300, campaigns: 2) { world in
            #expect(world.summary.memberships == 600)
            #expect(world.summary.people + world.summary.salesLeads == 450)
            #expect(world.summary.campaigns.map(\.publicName) == ["News from the harbour", "What is new"])
            #expect(world.summary.campaigns[0].reference == "CAMP-41500")
            let twin = WorkbooksSandbox(clock: SandboxClock(now: 1_780_000_000, frozen: true))
            let server = try await SandboxServer.start(twin, clock: SandboxClock())
            await twin.seed(members: 300, campaigns: 2, seed: 7)
            for resource in [
                "crm/people", "crm/sales_leads", "crm/campaign_membership", "crm/campaign_membership_status",
            ] {
                let mine = try await world.control("GET", "state?resource=\(resource)")
                let theirs = try await call("GET", "\(server.baseURL)/_sandbox/state?resource=\(resource)")
                #expect(mine.text == theirs.text)
                #expect(!mine.text.contains("example.com"))
            }
            await server.stop()
            let statuses = try await world.rows("crm/campaign_membership_status")
            let leaving = try #require(statuses.first { $0["status"] == "Unsubscribed" }?["id"]?.intValue)
            #expect(statuses.filter { $0["status"] == "Unsubscribed" }.count == 1)
            let left = [("_ff", "campaign_membership_status_id"), ("_ft", "eq"), ("_fc", String(leaving))]
            #expect(try await world.ids("crm/campaign_membership", left).count == 2)
            let closed = [("_ff", "record_state"), ("_ft", "eq"), ("_fc", "closed")]
            #expect(try await !world.ids("crm/sales_leads", closed).isEmpty)
        }
    }

    @Test func bringsOlderVersionsBackWhenTheDatabaseIsRestored() async throws {
        try await WorkbooksWorld.run { world in
            let id = try await world.create("crm/people", ["name": "A"])["id"]?.intValue ?? 0
            try await world.control("POST", "snapshot")
            let edit = #"{"resource":"crm/people","id":\#(id),"set":{"no_email_soliciting":true},"by":7}"#
            try await world.control("POST", "edits", "[\(edit)]")
            let flagged = try await world.rows("crm/people").first
            #expect(flagged?["no_email_soliciting"] == true)
            #expect(flagged?["updated_by"] == 7)
            #expect(flagged?["lock_version"] == 1)
            try await world.control("POST", "restore")
            let restored = try await world.rows("crm/people").first
            #expect(restored?["no_email_soliciting"] == false)
            #expect(restored?["lock_version"] == 0)
        }
    }

    @Test func letsAnOperatorCreateDeleteAndBringBack() async throws {
        try await WorkbooksWorld.run { world in
            let made = try await world.control(
                "POST",
                "edit",
                #"{"resource":"crm/people","create":{"name":"A","main_location[email]":"a@example.org"},"by":8}"#
            )
            let id = try #require(made.json?["id"]?.intValue)
            try await world.control("POST", "edit", #"{"resource":"crm/people","id":\#(id),"delete":true}"#)
            let gone = try await world.rows("crm/people")
            try await world.control("POST", "edit", #"{"resource":"crm/people","id":\#(id),"delete":false}"#)
            let back = try await world.rows("crm/people")
            #expect(gone.isEmpty)
            #expect(back.map { $0["created_by"] } == [8])
            let wrong = try await call(
                "POST",
                world.server.baseURL + "/_sandbox/edit",
                body: #"{"resource":"crm/people","id":\#(id),"set":{"nonsense":1}}"#
            )
            #expect(wrong.status == 400)
        }
    }
}
