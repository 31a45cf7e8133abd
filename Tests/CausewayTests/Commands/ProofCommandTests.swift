import Foundation
import Sandbox
import Testing

/// `sync --full` and `status`: the digests, and the names of what differs.
struct ProofCommandTests {
    @Test func saysThatBothSidesAgreeAndWithWhatDigest() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            _ = try await bench.run("sync", "--full")
            let link = try #require(try await bench.json("status").first?["links"]?.arrayValue?.first)
            #expect(link["inSync"] == true)
            let digest = try #require(link["digest"]?.stringValue)
            #expect(digest.count == 64)
            #expect(link["shadowDigest"]?.stringValue == digest)
            #expect(link["verified"]?["digest"]?.stringValue == digest)
            #expect(link["verified"]?["isEqual"] == true)
            #expect(link["asOf"]?.stringValue?.hasSuffix("Z") == true)
            #expect(link["differing"] == 0)
            let text = try await bench.run("status").output
            #expect(text.contains("both sides agree"))
            #expect(text.contains(digest))
            #expect(text.contains("the provider holds the same"))

            // Nothing happened: the digest stays; somebody leaves: it does not.
            _ = try await bench.run("sync", "--full")
            let again = try await bench.json("status").first?["links"]?.arrayValue?.first
            #expect(again?["digest"]?.stringValue == digest)
            let email = try #require(try await bench.listedEmail())
            try await bench.control("constantContact", "/unsubscribe", #"{"email":"\#(email)","by":"contact"}"#)
            _ = try await bench.run("sync", "--full")
            let after = try await bench.json("status").first?["links"]?.arrayValue?.first
            #expect(after?["inSync"] == true)
            #expect(after?["digest"]?.stringValue != digest)
        }
    }

    @Test func namesARowThatDiffersWithItsReason() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let email = try #require(try await bench.listedEmail())
            try await bench.control("constantContact", "/delete-contact", #"{"email":"\#(email)"}"#)
            let outcome = try await bench.run("sync", "--full")
            let status = try await bench.json("status").first
            let link = try #require(status?["links"]?.arrayValue?.first)
            #expect(link["inSync"] == false)
            #expect(link["differing"] == 1)
            let row = try #require(link["differences"]?.arrayValue?.first)
            #expect(row["address"]?.stringValue == email.lowercased())
            #expect(["parked", "held"].contains(row["reason"]?.stringValue))
            #expect(outcome.output.contains(email.lowercased()))
            #expect(outcome.status == 3)
        }
    }

    @Test func statusTellsHowFastOptOutsAreCarriedOut() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let email = try #require(try await bench.listedEmail())
            try await bench.control("constantContact", "/unsubscribe", #"{"email":"\#(email)","by":"contact"}"#)
            _ = try await bench.run("sync")
            let optOuts = try await bench.json("status").first?["optOuts"]
            #expect(optOuts?["open"] == 0)
            #expect(optOuts?["late"] == 0)
            #expect((optOuts?["flagged"]?["p99Seconds"]?.doubleValue ?? 1_000) < 60)
            #expect((optOuts?["offLists"]?["p50Seconds"]?.doubleValue ?? 1_000) < 60)
            let row = try await bench.json("optouts", "--since", "1h").first {
                $0["address"]?.stringValue == email.lowercased()
            }
            #expect(row?["flaggedAt"]?.stringValue?.hasSuffix("Z") == true)
            #expect(row?["offListsAt"]?.stringValue?.hasSuffix("Z") == true)
            #expect(row?["lateness"] == "in-time")
            let summary = try await bench.json("optouts", "--summary").first
            #expect(summary?["flagged"]?["count"]?.doubleValue ?? 0 >= 1)
            #expect(try await bench.run("optouts").output.contains("off the lists after p50"))
        }
    }
}

extension Bench {
    /// An address on the managed list, as the provider has it.
    func listedEmail() async throws -> String? {
        let contacts = try await control("constantContact", "/state")["contacts"]?.arrayValue ?? []
        return contacts.compactMap { $0["email"]?.stringValue }.first
    }
}
