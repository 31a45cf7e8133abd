import Bridge
import Foundation
import HTTPCalls
import Mailchimp
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

        var client: MailchimpClient { world.client }
        var calls: Int { world.gate.admitted }

        func plant(_ emails: [String]) async throws {
            try await world.plantAll(emails.map { #"{"email":"\#($0)"}"# }.joined(separator: ","))
        }

        func unsubscribeInPerson(_ email: String) async throws {
            try await world.control("unsubscribe", #"{"email":"\#(email)"}"#)
        }

        func delete(_ email: String) async throws {
            try await world.control("archive", #"{"email":"\#(email)"}"#)
        }

        func isMailable(_ email: String) async throws -> Bool? {
            let status = try await world.status(of: email)
            return status == "archived" ? nil : status.map { $0 == "subscribed" }
        }

        func members(of list: ListID) async throws -> Set<String> { Set(try await world.members(of: list)) }

        func loseNextAnswer() async throws { try world.fault(#"{"kind":"reset-after","method":"PATCH"}"#) }

        func throttleNextCall() async throws { try world.fault(#"{"kind":"throttled"}"#) }

        func revoke() async throws { try await world.control("options", #"{"apiKey":"another-us6"}"#) }

        func advance(bySeconds seconds: Int64) { world.clock.advance(by: Double(seconds)) }
    }
}
