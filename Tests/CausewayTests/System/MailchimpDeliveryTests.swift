import Foundation
import Reconciliation
import Sandbox
import Store
import Testing

extension SystemTests {
    /// The simulated Mailchimp delivers to the real listener over TLS.
    @Suite
    struct MailchimpDeliveryTests {
        /// Runs a body with members of a campaign who are in the audience too.
        private func run(
            _ body: (Installation, Serving, MailchimpHook, [String]) async throws -> Void
        ) async throws {
            try await Installation.run(members: 30) { installation in
                try await installation.connectWorkbooksAndAudience()
                try await installation.audience.act(
                    "options",
                    ["webhookAuthority": .string(installation.certificates.authority)]
                )
                let oracle = try await CampaignOracle.read(installation.crm)
                let addresses = oracle.list(of: installation.campaign().id).sorted().prefix(8)
                try #require(addresses.count == 8)
                let members = addresses.map { address -> SandboxJSON in
                    ["email": .string(address), "status": "subscribed"]
                }
                try await installation.audience.act("create-members", ["members": .array(members)])
                // Nothing is written to either side before the first link (design §8).
                try await installation.succeed(
                    "link",
                    installation.campaign().reference,
                    "--to",
                    MailchimpHook.account,
                    "--yes"
                )
                let serving = try await installation.serve()
                let hook = try await MailchimpHook.make(for: serving, installation)
                try await body(installation, serving, hook, Array(addresses))
            }
        }

        private func isOptedOut(_ address: String, _ installation: Installation) async throws -> Bool {
            let records = try await CampaignOracle.read(installation.crm).records(having: address)
            return !records.isEmpty && records.allSatisfy(\.isOptedOut)
        }

        private func waitForOptOuts(_ addresses: [String], _ installation: Installation) async throws {
            try await wait(for: "flags", within: .seconds(40), every: .milliseconds(50)) {
                for address in addresses where try await !isOptedOut(address, installation) { return false }
                return true
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func optOutsArriveOnceHoweverOftenAndInWhateverOrderTheyAreTold() async throws {
            try await run { installation, _, hook, addresses in
                try await installation.audience.act(
                    "delivery-faults",
                    [
                        ["kind": "duplicate", "count": 3], ["kind": "reorder", "count": 2], ["kind": "no-action"],
                        ["kind": "doubled-keys"], ["kind": "unknown-keys"],
                    ]
                )
                for address in addresses.prefix(5) {
                    try await installation.audience.act("unsubscribe", ["email": .string(address)])
                }
                try await installation.audience.act("complain", ["email": .string(addresses[5])])
                try await installation.audience.act(
                    "profile",
                    [
                        "email": .string(addresses[6]), "merge_fields": ["FNAME": "Annika"],
                    ]
                )
                try await waitForOptOuts(Array(addresses.prefix(6)), installation)

                let deliveries = try await hook.deliveries()
                #expect(deliveries.count == 9)
                #expect(deliveries.allSatisfy { $0["state"] == "delivered" }, "\(deliveries.map(\.text))")
                let again = try #require(deliveries.first?["id"]?.intValue)
                try await installation.audience.act("redeliver", ["id": .int(again)])
                #expect(try await hook.deliveries().last?["state"] == "delivered")
                try await wait(for: "an empty inbox") {
                    try await installation.status()["inbox"]?["waiting"]?.intValue == 0
                }

                let (rows, optedOut, dead) = try await installation.withStore { store in
                    try await store.database.read { connection in
                        (
                            try connection.value("SELECT count(*) FROM inbox WHERE source = 'mailchimp'"),
                            try connection.value(
                                "SELECT count(DISTINCT address) FROM consent_event WHERE kind = 'opt-out' AND source = 'account mailchimp'"
                            ),
                            try connection.value("SELECT count(*) FROM inbox WHERE state = 'dead'")
                        )
                    }
                }
                #expect(rows == 7)
                #expect(optedOut == 6)
                #expect(dead == 0)
                #expect(try await !isOptedOut(addresses[6], installation))
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func whatCannotBeProvedIsRefusedAndNeverEndsTheHook() async throws {
            try await run { installation, serving, hook, addresses in
                try await installation.audience.act(
                    "delivery-faults",
                    [["kind": "unsigned"], ["kind": "bad-signature"], ["kind": "stale"], ["kind": "garbage"]]
                )
                for address in addresses.prefix(5) {
                    try await installation.audience.act("unsubscribe", ["email": .string(address)])
                }
                try await waitForOptOuts([addresses[4]], installation)
                let deliveries = try await hook.deliveries()
                let statuses = deliveries.map { $0["attempts"]?.arrayValue?.first?["status"]?.intValue }
                #expect(statuses == [401, 401, 401, 204, 204])
                // What was refused is stored nowhere; what the audience itself says, its reading finds all the same.
                let stored = try await installation.withStore { store in
                    try await store.database.read { connection in
                        try connection.value("SELECT count(*) FROM inbox WHERE source = 'mailchimp'")
                    }
                }
                #expect(stored == 2)
                // Garbage from a sender that is proved is kept, with its reason.
                try await wait(for: "a dead letter") {
                    try await installation.status()["inbox"]?["dead"]?.intValue == 1
                }

                let path = try await hook.path()
                #expect(try await serving.curl(["--head"], path).status == 200)
                #expect(try await serving.curl([], path).status == 200)
                #expect(try await serving.curl([], path + "0").status == 401)
                #expect(try await serving.curl([], "/webhooks/mailchimp/nobody/x").status == 404)
                #expect(try await serving.curl(["--data", "type=unsubscribe"], path).status == 401)
                let state = try await installation.audience.read("state?members=false")
                #expect(state.text.contains(hook.id))
                try await wait(for: "counts of what was refused") {
                    try await installation.withStore { store in
                        try await store.database.read { try RejectedDeliveries.all(on: $0) }.reduce(0) { $0 + $1.count }
                    } == 4
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func whatCameWhileNobodyListenedComesAgain() async throws {
            try await run { installation, serving, hook, addresses in
                serving.child.signal(SIGTERM)
                _ = try await serving.child.waitForEnd()
                try await installation.audience.act("unsubscribe", ["email": .string(addresses[0])])
                try await wait(for: "a first attempt") {
                    try await hook.deliveries().first?["attempts"]?.arrayValue?.count == 1
                }
                #expect(try await hook.deliveries().first?["state"] == "waiting")

                _ = try await installation.serve(environment: ["CAUSEWAY_LISTEN": "127.0.0.1:\(serving.port)"])
                installation.world.clock.advance(by: 61)
                try await waitForOptOuts([addresses[0]], installation)
                let delivery = try #require(try await hook.deliveries().first)
                #expect(delivery["state"] == "delivered")
                #expect(delivery["attempts"]?.arrayValue?.count == 2)
            }
        }
    }
}
