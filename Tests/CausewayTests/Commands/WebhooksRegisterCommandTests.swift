import Foundation
import Sandbox
import Testing

/// `webhooks register`, for an account whose service keeps webhook subscriptions.
struct WebhooksRegisterCommandTests {
    private static let environment = ["CAUSEWAY_PUBLIC_URL": "https://bridge.example.org:8443/"]
    private static let path = "admin/triggers/webhook_subscriptions"

    private func register(_ bench: Bench, _ more: String...) async throws -> SandboxJSON {
        let outcome = try await bench.run(
            ["webhooks", "register", "workbooks", "--json"] + more,
            environment: Self.environment
        )
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try #require(outcome.documents.first)
    }

    private func acts(_ document: SandboxJSON) -> [String] {
        document["hooks"]?.arrayValue?.compactMap { $0["act"]?.stringValue } ?? []
    }

    /// The subscriptions that are not deleted.
    private func subscriptions(_ bench: Bench) async throws -> [SandboxJSON] {
        try await bench.control("workbooks", "/state?resource=\(Self.path)").arrayValue?
            .filter { $0["is_deleted"] == false } ?? []
    }

    @Test func needsAPublicAddress() async throws {
        try await Bench.with(members: 0) { bench in
            try await bench.connectWorkbooks()
            let outcome = try await bench.run("webhooks", "register", "workbooks")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("CAUSEWAY_PUBLIC_URL"))
            let plain = try await bench.run(
                ["webhooks", "register", "workbooks"],
                environment: ["CAUSEWAY_PUBLIC_URL": "http://bridge.example.org"]
            )
            #expect(plain.status == 1)
            #expect(plain.errors.contains("https"))
            #expect(try await subscriptions(bench).isEmpty)
        }
    }

    @Test func makesTheSubscriptionsOnce() async throws {
        try await Bench.with(members: 0) { bench in
            try await bench.connectWorkbooks()
            let first = try await register(bench)
            #expect(acts(first) == ["created", "created", "created"])
            #expect(first["url"] == "https://bridge.example.org:8443/webhooks/workbooks/workbooks")
            let there = try await subscriptions(bench)
            #expect(Set(there.compactMap { $0["trigger_id"]?.intValue }) == [1, 5, 26])
            #expect(there.allSatisfy { $0["callback_url"] == first["url"] && $0["enabled"] == true })

            #expect(acts(try await register(bench)) == ["kept", "kept", "kept"])
            #expect(try await subscriptions(bench).count == 3)
            #expect(acts(try await register(bench, "--renew")) == ["replaced", "replaced", "replaced"])
            let renewed = try await subscriptions(bench).compactMap { $0["id"]?.intValue }
            #expect(renewed.count == 3)
            #expect(Set(renewed).isDisjoint(with: there.compactMap { $0["id"]?.intValue }))
        }
    }

    @Test func putsRightWhatSomebodyChanged() async throws {
        try await Bench.with(members: 0) { bench in
            try await bench.connectWorkbooks()
            _ = try await register(bench)
            let ids = try await subscriptions(bench).compactMap { $0["id"]?.intValue }
            for edit in [
                #"{"resource":"\#(Self.path)","id":\#(ids[0]),"set":{"enabled":false}}"#,
                #"{"resource":"\#(Self.path)","id":\#(ids[1]),"delete":true}"#,
                #"{"resource":"\#(Self.path)","id":\#(ids[2]),"set":{"callback_url":"https://elsewhere.example.org"}}"#,
            ] { try await bench.control("workbooks", "/edit", edit) }
            let document = try await register(bench)
            #expect(acts(document) == ["changed", "created", "changed"])
            #expect(document["hooks"]?.arrayValue?.allSatisfy { $0["problem"]?.stringValue != nil } == true)
            #expect(acts(try await register(bench)) == ["kept", "kept", "kept"])
        }
    }

    @Test func saysPlainlyThatTheKeyMayNot() async throws {
        try await Bench.with(members: 0) { bench in
            try await bench.connectWorkbooks()
            try await bench.control("workbooks", "/options", #"{"managesTriggers":false}"#)
            let outcome = try await bench.run(
                ["webhooks", "register", "workbooks"],
                environment: Self.environment
            )
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("may not manage webhook subscriptions"))
        }
    }

    @Test func saysWhichAccountsHaveNone() async throws {
        try await Bench.with(members: 0) { bench in
            try await bench.connect()
            let relay = try await bench.run(
                ["webhooks", "register", "constant-contact"],
                environment: Self.environment
            )
            #expect(relay.status == 1)
            #expect(relay.errors.contains("causeway webhooks secret constant-contact"))
            let unknown = try await bench.run(["webhooks", "register", "nobody"], environment: Self.environment)
            #expect(unknown.status == 1)
        }
    }
}
