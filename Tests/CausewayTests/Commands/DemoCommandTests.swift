import Foundation
import Sandbox
import Testing

/// The demo as a user runs it: what it proves, and that it says so when something is not as it should be.
@Suite(.serialized) struct DemoCommandTests {
    /// Few, but enough for everybody whom the day needs.
    private static let members = "400"

    @Test(.timeLimit(.minutes(10)))
    func endsWithZeroAndTheProofOfEveryRule() async throws {
        let outcome = try await CausewayProgram.run(["demo", "--exit", "--members", Self.members, "--seed", "7"])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let proof = try #require(outcome.output.range(of: "── The proof ──"))
        let lines = outcome.output[proof.upperBound...].split(separator: "\n").map(String.init)
        for rule in ["C1", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C12", "C13", "§4", "all"] {
            #expect(lines.contains { $0.hasPrefix("✓ ") && $0.contains(rule) }, "no proof of \(rule)")
        }
        for cost in ["imports", "removals", "contacts changed one by one", "sign_up_form"] {
            #expect(lines.contains { $0.hasPrefix("✓") && $0.contains(cost) }, "no proof of the \(cost)")
        }
        #expect(!outcome.output.contains("✗"))
        #expect(lines.contains { $0.hasPrefix("All ") && $0.contains(" expectations were met") })
    }

    /// Somebody unsubscribes behind the demo's back: both sides follow, and hold what the demo does not expect.
    @Test(.timeLimit(.minutes(10)))
    func endsWithOneAndNamesWhatDiffers() async throws {
        let demo = try CausewayProgram.start(["demo", "--exit", "--members", Self.members, "--seed", "7"])
        try await wait(for: "day to begin", within: .seconds(240), every: .milliseconds(200)) {
            try demo.output().contains("── A day begins ──")
        }
        let control = try #require(try providerURL(in: try demo.output())) + "/_sandbox/"
        let address = try await somebodyOnAList(control)
        _ = try await HTTPCall.json(control + "unsubscribe", body: #"{"email":"\#(address)"}"#)
        #expect(await demo.ended() == 1)
        let output = try demo.output()
        #expect(output.contains("expectations were NOT met"))
        let proof = try #require(output.range(of: "── The proof ──"))
        let lines = output[proof.upperBound...].split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("✗ all") })
        #expect(lines.contains { $0.contains(" ! ") })
        #expect(output.contains("    ! \(address): expected "))
    }

    /// The address of the simulated Constant Contact, as the demo shows it.
    private func providerURL(in output: String) throws -> String? {
        let words = output.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let place = words.firstIndex(of: "--api-url") else { return nil }
        return words[place + 1].replacingOccurrences(of: "/v3", with: "")
    }

    /// Somebody who gets mail now, the last one in order, whom the day has no plans for.
    private func somebodyOnAList(_ control: String) async throws -> String {
        let state = try await HTTPCall.json(control + "state", body: nil)
        let addresses = (state["contacts"]?.arrayValue ?? []).compactMap { contact -> String? in
            guard contact["lists"]?.arrayValue?.isEmpty == false,
                contact["permission_to_send"]?.stringValue != "unsubscribed"
            else { return nil }
            return contact["email"]?.stringValue?.lowercased()
        }
        return try #require(addresses.max())
    }
}
