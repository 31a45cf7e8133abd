import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sandbox
import Store
import Testing

extension SystemTests {
    /// `webhooks register` for a Mailchimp account, against a `serve` that the simulated service reaches.
    @Suite
    struct MailchimpHookTests {
        /// Runs a body beside a `serve` that the simulated service trusts.
        private func run(_ body: (Installation, Serving) async throws -> Void) async throws {
            try await Installation.run(members: 0) { installation in
                try await installation.connectWorkbooksAndAudience()
                try await installation.audience.act(
                    "options",
                    ["webhookAuthority": .string(installation.certificates.authority)]
                )
                try await body(installation, try await installation.serve())
            }
        }

        private func register(
            _ installation: Installation,
            _ serving: Serving,
            _ more: String...,
            status: Int32 = 0
        ) async throws -> Program.Outcome {
            let outcome = try await installation.causeway(
                ["webhooks", "register", MailchimpHook.account] + more,
                environment: ["CAUSEWAY_PUBLIC_URL": serving.url("/")]
            )
            try #require(outcome.status == status, "\(outcome.output)\(outcome.errors)")
            return outcome
        }

        /// What was done about each hook, as the one document of `--json` says.
        private func acts(_ installation: Installation, _ serving: Serving, _ more: String...) async throws -> [String]
        {
            let outcome = try await installation.causeway(
                ["webhooks", "register", MailchimpHook.account, "--json"] + more,
                environment: ["CAUSEWAY_PUBLIC_URL": serving.url("/")]
            )
            try #require(outcome.status == 0, "\(outcome.errors)")
            let document = try #require(SandboxJSON(parsing: outcome.output))
            let hooks = document["hooks"]?.arrayValue ?? []
            #expect(hooks.map { $0["topic"] } == ["audience", "batches"])
            return hooks.map { hook in
                let removed = hook["removed"]?.intValue ?? 0
                return (hook["act"]?.stringValue ?? "") + (removed == 0 ? "" : " -\(removed)")
            }
        }

        private func hooks(_ installation: Installation) async throws -> [SandboxJSON] {
            let audience = installation.world.description["mailchimp"]?["audience"]?.stringValue ?? ""
            return try await call(.GET, "/lists/\(audience)/webhooks", installation)["webhooks"]?.arrayValue ?? []
        }

        private func batchHooks(_ installation: Installation) async throws -> [SandboxJSON] {
            try await call(.GET, "/batch-webhooks?count=100", installation)["webhooks"]?.arrayValue ?? []
        }

        /// Calls the simulated service as anybody with the key can.
        @discardableResult
        private func call(
            _ method: HTTPMethod,
            _ path: String,
            _ installation: Installation,
            body: SandboxJSON? = nil
        ) async throws -> SandboxJSON {
            let description = installation.world.description["mailchimp"]
            var request = HTTPClientRequest(url: (description?["apiUrl"]?.stringValue ?? "") + path)
            request.method = method
            request.headers.add(name: "Authorization", value: "Bearer \(description?["apiKey"]?.stringValue ?? "")")
            request.headers.add(name: "Content-Type", value: "application/json")
            request.headers.add(name: "Connection", value: "close")
            if let body { request.body = .bytes(ByteBuffer(string: body.text)) }
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
            let text = String(buffer: try await answer.body.collect(upTo: 1 << 20))
            try #require((200..<300).contains(answer.status.code), "\(text)")
            return SandboxJSON(parsing: text) ?? .null
        }

        @Test(.timeLimit(.minutes(2)))
        func makesBothHooksAndFindsThemRightAfterwards() async throws {
            try await run { installation, serving in
                let first = try await register(installation, serving)
                #expect(first.output.contains("mailchimp: the webhook “audience” was made (there is none)"))
                #expect(first.output.contains("mailchimp: the webhook “batches” was made (there is none)"))
                let base = serving.url("/webhooks/mailchimp/mailchimp")
                #expect(first.output.contains("deliveries come in at \(base)"))

                let hook = try #require(try await hooks(installation).first)
                let events = hook["events"], sources = hook["sources"]
                for event in ["subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign"] {
                    #expect(events?[event] == true, "\(event)")
                }
                #expect(sources?["user"] == true && sources?["admin"] == true && sources?["api"] == false)
                let batch = try #require(try await batchHooks(installation).first)
                #expect(batch["enabled"] == true)
                let addresses = try [hook, batch].map { try #require($0["url"]?.stringValue) }
                #expect(addresses.allSatisfy { $0.hasPrefix(base + "/") })
                // Each has a secret of its own, and none is shown.
                #expect(Set(addresses).count == 2)
                for address in addresses { #expect(!first.output.contains(address.dropFirst(base.count + 1))) }

                let second = try await register(installation, serving)
                #expect(second.output.contains("the webhook “audience” is right"))
                #expect(second.output.contains("the webhook “batches” is right"))
                #expect(try await acts(installation, serving) == ["kept", "kept"])
                #expect(try await hooks(installation).count == 1)
                #expect(try await batchHooks(installation).count == 1)
                #expect(try await acts(installation, serving, "--renew") == ["replaced", "replaced"])
                let renewed = try await hooks(installation) + batchHooks(installation)
                #expect(renewed.count == 2)
                let fresh = renewed.compactMap { $0["url"]?.stringValue }
                #expect(!fresh.contains { addresses.contains($0) })
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func putsRightWhatSomebodyDidToThem() async throws {
            try await run { installation, serving in
                _ = try await register(installation, serving)
                let base = serving.url("/webhooks/mailchimp/mailchimp")
                let id = try #require(try await hooks(installation).first?["id"]?.stringValue)
                let batchID = try #require(try await batchHooks(installation).first?["id"]?.stringValue)

                // Disabled.
                try await installation.audience.act("change-webhook", ["id": .string(id), "disabled": true])
                try await call(.PATCH, "/batch-webhooks/\(batchID)", installation, body: ["enabled": false])
                #expect(try await acts(installation, serving) == ["changed", "changed"])
                #expect(try await hooks(installation).first?["events"]?["unsubscribe"] == true)
                #expect(try await batchHooks(installation).first?["enabled"] == true)

                // Its own changes would come back.
                try await installation.audience.act(
                    "change-webhook",
                    ["id": .string(id), "sources": ["user", "admin", "api"]]
                )
                let outcome = try await register(installation, serving)
                #expect(outcome.output.contains("was put right (sources.api should be off)"))

                // It points elsewhere.
                try await installation.audience.act(
                    "change-webhook",
                    ["id": .string(id), "to": "https://elsewhere.example.org/hook"]
                )
                let elsewhere = try #require(URL(string: installation.world.mailchimp.baseURL))
                let other = elsewhere.appending(path: "_sandbox/state").absoluteString + "?members=false"
                try await call(.PATCH, "/batch-webhooks/\(batchID)", installation, body: ["url": .string(other)])
                #expect(try await acts(installation, serving) == ["changed", "changed"])
                #expect(try await hooks(installation).first?["url"]?.stringValue?.hasPrefix(base) == true)
                #expect(try await batchHooks(installation).first?["url"]?.stringValue?.hasPrefix(base) == true)

                // Doubled by one of another time, beside one that is somebody else's.
                try await installation.audience.act("add-webhook", ["url": .string(base + "/of-another-time")])
                try await installation.audience.act("add-webhook", ["url": "https://shop.example.org/hook"])
                #expect(try await acts(installation, serving) == ["kept -1", "kept"])
                #expect(Set(try await hooks(installation).compactMap { $0["url"]?.stringValue }).count == 2)

                // Gone.
                try await installation.audience.act("delete-webhook", ["id": .string(id)])
                try await call(.DELETE, "/batch-webhooks/\(batchID)", installation)
                #expect(try await acts(installation, serving) == ["created", "created"])
                #expect(try await acts(installation, serving) == ["kept", "kept"])
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func doesWithoutTheHookOfBatchesWhereThereIsNoRoom() async throws {
            try await run { installation, serving in
                try await installation.audience.act("options", ["batchWebhookLimit": 0])
                let outcome = try await register(installation, serving, status: 3)
                #expect(outcome.output.contains("the webhook “audience” was made"))
                #expect(outcome.output.contains("the webhook “batches” was refused"))
                let statuses = try await installation.status()["accounts"]?.arrayValue ?? []
                let account = try #require(statuses.first { $0["name"] == "mailchimp" })
                #expect(account["webhooks"]?.arrayValue?.map { $0["topic"] } == ["audience"])

                try await installation.audience.act("options", ["batchWebhookLimit": 20])
                #expect(try await acts(installation, serving) == ["kept", "created"])
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func theEndOfSomebodyElsesBatchIsTakenOnceAndDoesNothing() async throws {
            try await run { installation, serving in
                _ = try await register(installation, serving)
                try await installation.audience.act("delivery-faults", [["kind": "duplicate", "count": 3]])
                let calls = installation.world.mailchimp.calls
                let operations: SandboxJSON = ["operations": [["method": "GET", "path": "/ping"]]]
                let id = try await call(.POST, "/batches", installation, body: operations)["id"]?.stringValue
                installation.world.clock.advance(by: 120)
                try await wait(for: "three deliveries") {
                    let told = try await installation.audience.read("deliveries?idle=1").arrayValue ?? []
                    return told.count == 3 && told.allSatisfy { $0["state"] == "delivered" }
                }
                try await wait(for: "an empty inbox") {
                    try await installation.status()["inbox"]?["waiting"]?.intValue == 0
                }
                let (rows, dead) = try await installation.withStore { store in
                    try await store.database.read { connection in
                        (
                            try connection.value("SELECT count(*) FROM inbox WHERE source = 'mailchimp'"),
                            try connection.value("SELECT count(*) FROM inbox WHERE state = 'dead'")
                        )
                    }
                }
                #expect(rows == 1)
                #expect(dead == 0)
                // It is none of ours: nobody asks for it.
                #expect(calls.counts["GET /batches/{batch_id}"] == nil, "\(id ?? "")")
            }
        }
    }
}
