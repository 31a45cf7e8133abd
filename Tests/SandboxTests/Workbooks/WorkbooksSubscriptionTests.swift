import Crypto
import Foundation
import Sandbox
import Testing

/// workbooks.md §10.1: native webhook subscriptions, and what they deliver.
struct WorkbooksSubscriptionTests {
    private static let path = "admin/triggers/webhook_subscriptions"

    private func attributes(_ url: String, trigger: Int = 1, enabled: String = "1") -> [String: String] {
        [
            "name": "Bridge", "description": "", "callback_url": url, "enabled": enabled,
            "trigger_id": String(trigger),
        ]
    }

    private func signature(_ body: [UInt8], secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Data(secret.utf8)))
        return "sha256=" + code.map { String(format: "%02x", $0) }.joined()
    }

    private func deliveries(_ world: WorkbooksWorld) async throws -> [SandboxJSON] {
        try #require(try await world.control("GET", "deliveries?idle=10").json?.arrayValue)
    }

    @Test func tellsItsSecretOnce() async throws {
        try await WorkbooksWorld.run { world async throws in
            let made = try await world.create(Self.path, attributes("https://bridge.example.org/hook"))
            #expect(made["id"]?.intValue != nil)
            #expect(made["secret_key"]?.stringValue?.count == 64)
            let columns = ["id", "callback_url", "enabled", "trigger_id", "secret_key"].map {
                ("_select_columns[]", $0)
            }
            let row = try #require(try await world.rows(Self.path, columns).first)
            #expect(row["callback_url"] == "https://bridge.example.org/hook")
            #expect(row["enabled"] == true)
            #expect(row["trigger_id"] == 1)
            #expect(row["secret_key"] == .null)
            let other = try await world.create(Self.path, attributes("https://bridge.example.org/hook", trigger: 5))
            #expect(other["secret_key"] != made["secret_key"])
        }
    }

    @Test(arguments: [
        ("https://bridge.example.org/hook", 2), ("https://bridge.example.org/hook", 0), ("bridge.example.org", 1),
        ("http://bridge.example.org/hook", 1), ("", 1),
    ])
    func refusesWhatCannotBeASubscription(url: String, trigger: Int) async throws {
        try await WorkbooksWorld.run(misuses: true) { world async throws in
            let row = WorkbooksWorld.Row(method: "POST", attributes: attributes(url, trigger: trigger))
            let answer = try await world.change(Self.path, [row])
            #expect(answer.json?["success"] == false)
            #expect(try await world.rows(Self.path).isEmpty)
        }
    }

    @Test func hidesSubscriptionsFromAKeyThatMayNot() async throws {
        try await WorkbooksWorld.run(misuses: true) { world async throws in
            try await world.control("POST", "options", #"{"managesTriggers":false}"#)
            #expect(try await world.list(Self.path).status == 404)
            let row = WorkbooksWorld.Row(method: "POST", attributes: attributes("https://bridge.example.org/hook"))
            #expect(try await world.change(Self.path, [row]).status == 404)
            #expect(try await world.list("crm/people").status == 200)
        }
    }

    @Test func tellsOfNewRecordsWithASignature() async throws {
        try await HookReceiver.run { receiver async throws in
            try await WorkbooksWorld.run { world async throws in
                let made = try await world.create(Self.path, attributes(receiver.baseURL + "/hook"))
                let secret = try #require(made["secret_key"]?.stringValue)
                let person = try await world.create("crm/people", ["name": "Ada Marsh"])
                _ = try await world.create("crm/organisations", ["name": "Fenland Optics"])
                let sent = try await deliveries(world)
                #expect(sent.map { $0["state"] } == ["delivered"])
                let post = try #require(receiver.posts.first)
                #expect(post.header("Content-Type") == "application/json")
                #expect(post.header("X-Workbooks-Signature") == signature(post.body, secret: secret))
                let body = try #require(post.json?.arrayValue)
                #expect(body.count == 1)
                #expect(body.first?["person"]?["id"] == person["id"])
                #expect(body.first?["person"]?["name"] == "Ada Marsh")
                // A change is not a creation.
                let id = try #require(person["id"]?.intValue)
                _ = try await world.change(
                    "crm/people",
                    [WorkbooksWorld.Row(method: "PUT", id: id, attributes: ["name": "Ada M."])]
                )
                #expect(try await deliveries(world).count == 1)
            }
        }
    }

    @Test func tellsOfWhatAnOperatorCreates() async throws {
        try await HookReceiver.run { receiver async throws in
            try await WorkbooksWorld.run { world async throws in
                for trigger in [1, 5, 26] {
                    _ = try await world.create(Self.path, attributes(receiver.baseURL + "/hook", trigger: trigger))
                }
                try await world.control(
                    "POST",
                    "edits",
                    #"[{"resource":"crm/sales_leads","create":{"name":"Ben"}},{"resource":"crm/campaigns","create":{"name":"C"}}]"#
                )
                #expect(try await deliveries(world).map { $0["trigger"] } == [5, 26])
                let keys = receiver.posts.compactMap { $0.json?.arrayValue?.first?.objectValue?.keys.first }
                #expect(keys == ["sales_lead", "marketing_campaign"])
            }
        }
    }

    @Test func tellsOfAllThatOneCallMadeAndOfNothingThatWasUndone() async throws {
        try await HookReceiver.run { receiver async throws in
            try await WorkbooksWorld.run(misuses: true) { world async throws in
                _ = try await world.create(Self.path, attributes(receiver.baseURL + "/hook"))
                let rows = ["A", "B"].map { WorkbooksWorld.Row(method: "POST", attributes: ["name": $0]) }
                _ = try await world.change("crm/people", rows)
                let broken = rows + [WorkbooksWorld.Row(method: "POST", attributes: ["name": ""])]
                #expect(try await world.change("crm/people", broken).json?["success"] == false)
                #expect(try await deliveries(world).count == 1)
                #expect(receiver.posts.first?.json?.arrayValue?.count == 2)
            }
        }
    }

    @Test func sendsNothingToWhatIsDisabledOrDeletedAndNothingTwice() async throws {
        try await HookReceiver.run { receiver async throws in
            try await WorkbooksWorld.run { world async throws in
                _ = try await world.create(Self.path, attributes(receiver.baseURL + "/off", enabled: "0"))
                let gone = try await world.create(Self.path, attributes(receiver.baseURL + "/gone"))
                let id = try #require(gone["id"]?.intValue)
                _ = try await world.change(Self.path, [WorkbooksWorld.Row(method: "DELETE", id: id)])
                _ = try await world.create(Self.path, attributes(receiver.baseURL + "/hook"))
                receiver.plan(503)
                _ = try await world.create("crm/people", ["name": "Ada Marsh"])
                #expect(try await deliveries(world).map { $0["state"] } == ["refused"])
                #expect(receiver.posts.map(\.target) == ["/hook"])
            }
        }
    }

    @Test func injectsFaults() async throws {
        try await HookReceiver.run { receiver async throws in
            try await WorkbooksWorld.run { world async throws in
                let made = try await world.create(Self.path, attributes(receiver.baseURL + "/hook"))
                let secret = try #require(made["secret_key"]?.stringValue)
                let kinds = ["drop", "duplicate", "unsigned", "bad-signature", "garbage"]
                let faults = kinds.map { #"{"kind":"\#($0)"}"# }.joined(separator: ",")
                try await world.control("POST", "delivery-faults", "[\(faults)]")
                for name in kinds { _ = try await world.create("crm/people", ["name": name]) }
                let sent = try await deliveries(world)
                #expect(sent.map { $0["state"] } == ["dropped"] + Array(repeating: "delivered", count: 5))
                let posts = receiver.posts
                #expect(posts.count == 5)
                #expect(posts[0].body == posts[1].body)
                #expect(posts[2].header("X-Workbooks-Signature") == nil)
                #expect(posts[3].header("X-Workbooks-Signature") != signature(posts[3].body, secret: secret))
                #expect(posts[4].body == Array("[[[".utf8))
                try await world.control("POST", "redeliver", #"{"id":2}"#)
                #expect(try await deliveries(world).count == 7)
                #expect(receiver.posts.last?.body == posts[0].body)
            }
        }
    }
}
