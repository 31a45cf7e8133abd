import Bridge
import Foundation
import HTTPCalls
import Mailchimp
import Reconciliation
import Sandbox
import Testing

@Suite struct FailureTests {
    @Test(arguments: [
        ("unauthorized", PortError.Code.needsAuthorisation), ("forbidden", .forbidden), ("user-disabled", .forbidden),
        ("plain-http", .forbidden),
    ])
    func refusalsOfTheCredentialAreNotRepeated(kind: String, code: PortError.Code) async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"\#(kind)"}"#)
            #expect(try await failure { try await world.client.lists() }.code == code)
            #expect(world.gate.admitted == 1)
        }
    }

    @Test(arguments: ["throttled", "flood"])
    func tooFastIsRepeatedAfterAPause(kind: String) async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"\#(kind)","times":2}"#)
            let start = world.now
            _ = try await world.client.lists()
            #expect(
                world.gate.results == [
                    .throttled(retryAfterSeconds: nil), .throttled(retryAfterSeconds: nil), .answered,
                ]
            )
            #expect(world.now >= start.advanced(bySeconds: 2))
        }
    }

    @Test func aWriteThatWasThrottledIsRepeated() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            try world.fault(#"{"kind":"throttled","method":"PATCH"}"#)
            _ = try await world.client.unsubscribe(contact.id, reason: "asked")
            #expect(try await world.status(of: "ada@example.org") == "unsubscribed")
        }
    }

    @Test func fiveRefusalsOfTheNetworkInARowNeedSomebody() async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"flood","times":5,"body":"<html>Access Denied</html>"}"#)
            #expect(try await failure { try await world.client.lists() }.code == .throttled(retryAfterSeconds: nil))
            let error = try await failure { try await world.client.lists() }
            #expect(error.code == .forbidden)
            #expect(error.detail.contains("blocked"))
            // The service itself answers: that begins anew.
            _ = try await world.client.lists()
            try world.fault(#"{"kind":"flood","times":1}"#)
            _ = try await world.client.lists()
        }
    }

    @Test func readsAreRepeatedAndWritesAreNot() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            for kind in [#""kind":"status","status":503"#, #""kind":"reset-after","effect":true"#] {
                try world.fault(#"{"method":"GET","path":"/segments",\#(kind)}"#)
                _ = try await world.client.lists()
            }
            try world.fault(#"{"kind":"reset-after","method":"PATCH","effect":true}"#)
            let error = try await failure { try await world.client.unsubscribe(contact.id, reason: "asked") }
            #expect(error.code == .unknownOutcome)
            #expect(try await world.status(of: "ada@example.org") == "unsubscribed")
        }
    }

    @Test func aWriteThatWasCutOffIsOfUnknownOutcome() async throws {
        try await withWorld { world in
            let contact = try await world.plant("ada@example.org")
            try world.fault(#"{"kind":"timeout","method":"PATCH","delayMs":10,"effect":true}"#)
            let error = try await failure { try await world.client.unsubscribe(contact.id, reason: "asked") }
            #expect(error.code == .unknownOutcome)
            #expect(error.status == 502)
        }
    }

    @Test func aCallThatWasGivenUpKeepsItsSlot() async throws {
        try await withWorld { world in
            // Ten reads whose connection breaks leave no slot before the service has ended them for certain.
            try world.fault(#"{"kind":"reset-after","method":"GET","path":"/segments","effect":true,"times":8}"#)
            for _ in 0..<2 {
                #expect(try await failure { try await world.client.lists() }.code == .unavailable)
            }
            let start = world.now
            // Eight linger: two more may go at a time, one after the other.
            _ = try await world.client.lists()
            #expect(world.now == start)
            try world.fault(#"{"kind":"reset-after","method":"GET","path":"/segments","effect":true,"times":3}"#)
            _ = try await world.client.lists()
            #expect(world.now >= start.advanced(bySeconds: 100))
        }
    }

    @Test func aServiceThatDoesNotRunIsUnavailable() async throws {
        let clock = SandboxClock(now: 1_772_712_000, frozen: true)
        let client = MailchimpClient(
            try MailchimpSettings(
                credential: .apiKey("0-us6"),
                audience: "a",
                api: try ServiceAddress("http://127.0.0.1:1/3.0")
            ),
            http: World.http,
            gate: OpenGate(),
            clock: SharedClock(sandbox: clock),
            logger: .init(label: "test")
        )
        #expect(try await failure { try await client.identify() }.code == .unavailable)
    }

    @Test func theGatesRefusalIsPassedOn() async throws {
        try await withWorld { world in
            world.gate.refuse(with: PortError(.quotaSpent(until: world.now), operation: "x", detail: "y"))
            #expect(try await failure { try await world.client.lists() }.code == .quotaSpent(until: world.now))
            #expect(world.calls == 0)
        }
    }

    @Test func neitherSecretsNorAddressesAreRepeated() async throws {
        try await withWorld {
            $0.fakeAddresses = ["secret.person@example.org"]
        } _: { world in
            let error = try await failure {
                try await world.client.upsert(row("secret.person@example.org"), known: nil, onto: [])
            }
            #expect(!error.description.contains("secret.person"))
            let wrong = try world.client(credential: .apiKey("topsecret-us6"))
            #expect(try await failure { try await wrong.identify() }.description.contains("topsecret") == false)
        }
    }

    @Test func anAccountUnderReviewIsTold() async throws {
        try await withWorld {
            $0.review = .forbidden
        } _: { world in
            let error = try await failure { try await world.client.upsert(row("a@example.org"), known: nil, onto: []) }
            #expect(error.code == .forbidden)
        }
    }
}
