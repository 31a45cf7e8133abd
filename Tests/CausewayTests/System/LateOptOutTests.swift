import Foundation
import Sandbox
import Store
import Testing

extension SystemTests {
    @Suite
    struct LateOptOutTests {
        @Test(.timeLimit(.minutes(2)))
        func anOptOutThatIsNotCarriedOutInTimeDegradesHealth() async throws {
            try await Installation.run(members: 10) { installation in
                try await installation.connectAndLink()
                let serving = try await installation.serve()
                try await installation.waitForFirstSync()
                try await wait(for: "good health") {
                    try await serving.health().json?["status"]?.stringValue == "ok"
                }
                // One that nothing will ever stop, open for 37 hours.
                let start = Int64(Date().timeIntervalSince1970 * 1000) - 37 * 3_600_000
                try await installation.withStore { store in
                    try await store.database.write {
                        try $0.execute(
                            "INSERT INTO opt_out_clock (event, received_at, counted_from) VALUES (9000, \(start), \(start))"
                        )
                    }
                }
                try await wait(for: "degraded health") {
                    try await serving.health().json?["status"]?.stringValue == "degraded"
                }
                let health = try await serving.health()
                #expect(health.status == 200)
                let status = try await installation.status()["optOuts"]
                #expect(status?["late"]?.intValue == 1)
                try await installation.withStore { store in
                    try await store.database.write { try $0.execute("DELETE FROM opt_out_clock WHERE event = 9000") }
                }
                try await wait(for: "good health") {
                    try await serving.health().json?["status"]?.stringValue == "ok"
                }
            }
        }
    }
}
