import Bridge
import ConstantContact
import Foundation
import HTTPCalls
import ProviderConformance
import Reconciliation
import Sandbox
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: ProviderCheck.allCases)
    func conforms(to check: ProviderCheck) async throws {
        try await withWorld { world in
            try await ProviderConformance(Account(world: world)) { holds, what in #expect(holds, "\(what)") }.run(check)
        }
    }

    /// The simulated account, for the suite that every provider's client passes.
    private struct Account: ProviderWorld {
        let world: World

        var client: ConstantContactClient { world.client }
        var calls: Int { world.gate.admitted }

        func plant(_ emails: [String]) async throws {
            let contacts = emails.map { #"{"email":"\#($0)"}"# }.joined(separator: ",")
            try await world.control("create-contact", #"{"contacts":[\#(contacts)]}"#)
        }

        func unsubscribeInPerson(_ email: String) async throws {
            try await world.control("unsubscribe", #"{"email":"\#(email)"}"#)
        }

        func delete(_ email: String) async throws {
            try await world.control("delete-contact", #"{"email":"\#(email)"}"#)
        }

        func isMailable(_ email: String) async throws -> Bool? {
            let truth = try await world.truth(of: email)
            return truth?["permission_to_send"]?.stringValue.map { $0 != "unsubscribed" }
        }

        func members(of list: ListID) async throws -> Set<String> { Set(try await world.members(of: list)) }

        func loseNextAnswer() async throws { try world.fault(#"{"kind":"reset-after","method":"PUT"}"#) }

        func throttleNextCall() async throws { try world.fault(#"{"kind":"throttled"}"#) }

        func revoke() async throws {
            try await world.control("revoke")
            try await world.control("expire-tokens")
        }

        func advance(bySeconds seconds: Int64) { world.clock.advance(by: Double(seconds)) }
    }
}
