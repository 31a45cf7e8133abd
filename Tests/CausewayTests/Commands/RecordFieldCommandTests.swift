import Sandbox
import Testing

/// `sync` keeps the fields right that say which record a contact of an audience stands for.
struct RecordFieldCommandTests {
    /// Calls that changed something at the audience since the last look.
    private func writes(_ bench: Bench, since before: [String: Int] = [:]) -> [String: Int] {
        bench.world.mailchimp.calls.counts.filter { !$0.key.hasPrefix("GET ") && $0.value != before[$0.key] }
    }

    private func member(_ bench: Bench, _ address: String) async throws -> SandboxJSON {
        let found = try await bench.control("mailchimp", "/members?email=\(address)").arrayValue?.first
        return try #require(found)
    }

    @Test func putsThemRightByOneCallAndThenRests() async throws {
        try await Bench.with { bench in
            _ = try await bench.linkedToAudience()
            let members = try await bench.control("mailchimp", "/members").arrayValue ?? []
            let member = try #require(members.first { $0["tags"]?.arrayValue?.isEmpty == false })
            let address = try #require(member["email"]?.stringValue)
            let kind = try #require(member["merge_fields"]?["WBTYPE"]?.stringValue)
            let id = try #require(member["merge_fields"]?["WBID"]?.stringValue)
            #expect(["Person", "Lead"].contains(kind))
            #expect(!id.isEmpty)

            _ = try await bench.run("sync", "--full")
            let rest = bench.world.mailchimp.calls.counts
            _ = try await bench.run("sync", "--full")
            #expect(writes(bench, since: rest).isEmpty)

            let wrong = #"{"WBTYPE":"\#(kind == "Lead" ? "Person" : "Lead")","WBID":"4711"}"#
            try await bench.control("mailchimp", "/profile", #"{"email":"\#(address)","merge_fields":\#(wrong)}"#)
            let before = bench.world.mailchimp.calls.counts
            _ = try await bench.run("sync", "--full")
            let after = try await self.member(bench, address)["merge_fields"]
            #expect(after?["WBTYPE"]?.stringValue == kind)
            #expect(after?["WBID"]?.stringValue == id)
            let made = writes(bench, since: before)
            #expect(made.keys.sorted() == ["PATCH /3.0/lists/{list_id}/members/{subscriber_hash}"], "\(made)")
            let count = made.map { $0.value - (before[$0.key] ?? 0) }.reduce(0, +)
            #expect(count == 1)

            let still = bench.world.mailchimp.calls.counts
            _ = try await bench.run("sync", "--full")
            #expect(writes(bench, since: still).isEmpty)
        }
    }
}
