import Foundation
import Sandbox
import Testing

/// The account at the size that benchmarks use, in whatever build the tests run in.
struct ConstantContactScaleTests {
    @Test(.timeLimit(.minutes(1)))
    func holdsAHundredThousandContacts() async throws {
        try await ConstantContactPeer.run(options: { $0.requestsPerDay = nil }) { peer async throws in
            let list = try await peer.makeList("All")
            for start in stride(from: 0, to: 100_000, by: 25_000) {
                let rows = (start..<start + 25_000).map {
                    #"{"email":"person.\#($0)@example.org","first_name":"Ada","last_name":"Byron"}"#
                }
                try await peer.importRows(rows, to: [list])
            }
            let count = try await peer.get("/contact_lists/\(list)?include_membership_count=all").json
            #expect(count?["membership_count"] == 100_000)
            for number in stride(from: 0, to: 100_000, by: 1_000) {
                try await peer.control("unsubscribe", #"{"email":"person.\#(number)@example.org"}"#)
            }
            let optOuts = try await peer.get("/contacts?optout_after=2026-03-01T00:00:00Z&limit=500").json
            #expect(optOuts?["contacts"]?.arrayValue?.count == 100)
            let found = try await peer.get("/contacts?email=person.99999@example.org").json
            #expect(found?.addresses == ["person.99999@example.org"])
        }
    }
}
