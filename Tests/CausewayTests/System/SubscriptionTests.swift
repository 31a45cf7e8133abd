import Foundation
import Reconciliation
import Sandbox
import Store
import Testing

extension SystemTests {
    /// Workbooks' own subscriptions, delivered to the real listener over TLS.
    @Suite
    struct SubscriptionTests {
        private func findings(_ installation: Installation) async throws -> [SandboxJSON] {
            try await installation.status()["accounts"]?.arrayValue?
                .first { $0["name"]?.stringValue == "workbooks" }?["webhooks"]?.arrayValue ?? []
        }

        @Test(.timeLimit(.minutes(2)))
        func aNewPersonIsToldOfAndWhatIsWrongWithTheSubscriptionsIsSaid() async throws {
            try await Installation.run(members: 5, pace: Installation.Pace(pollInterval: "15m")) { installation in
                try await installation.connectWorkbooks()
                try await installation.crm.act(
                    "options",
                    ["webhookAuthority": .string(installation.certificates.authority)]
                )
                let serving = try await installation.serve(environment: ["CAUSEWAY_WEBHOOKS_CHECK_SECONDS": "1"])
                let registered = try await installation.causeway(
                    ["webhooks", "register", "workbooks"],
                    environment: ["CAUSEWAY_PUBLIC_URL": serving.url("")]
                )
                #expect(registered.status == 0, "\(registered.text)")
                #expect(try await findings(installation).map { $0["problem"] } == [.null, .null, .null])

                try await installation.crm.act(
                    "edit",
                    [
                        "resource": "crm/people",
                        "create": ["name": "Ada Marsh", "main_location[email]": "ada@example.org"],
                    ]
                )
                try await wait(for: "a delivery that was worked off") {
                    try await installation.withStore { store in
                        try await store.database.read { connection in
                            try connection.value(
                                "SELECT count(*) FROM inbox WHERE source = 'workbooks' AND state = 'done'"
                            )
                        }
                    } == 1
                }
                #expect(try await installation.crm.read("deliveries?idle=10").arrayValue?.map { $0["status"] } == [204])

                let subscriptions = try await installation.crm.read(
                    "state?resource=admin/triggers/webhook_subscriptions"
                )
                let first = try #require(subscriptions.arrayValue?.first?["id"])
                try await installation.crm.act(
                    "edit",
                    ["resource": "admin/triggers/webhook_subscriptions", "id": first, "delete": true]
                )
                try await wait(for: "a finding") {
                    try await findings(installation).contains {
                        $0["problem"]?.stringValue?.contains("not there") == true
                    }
                }
                // It is stored first, and said then.
                try await wait(for: "a line in the log") {
                    serving.child.errorText.contains("a webhook is not as it should be")
                }
            }
        }
    }
}
