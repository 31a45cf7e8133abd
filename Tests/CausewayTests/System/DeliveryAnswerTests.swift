import Foundation
import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct DeliveryAnswerTests {
        @Test(.timeLimit(.minutes(2)))
        func everyKindOfDeliveryGetsItsAnswer() async throws {
            try await Installation.run(members: 10) { installation in
                try await installation.connectAndLink()
                let relay = try await installation.relay()
                let serving = try await installation.serve()
                let stranger = Relay.Delivery.unsubscribe("nobody@example.org")

                var old = stranger
                old.age = 301
                #expect(try await relay.send(old, to: serving).status == 401)
                var early = Relay.Delivery.unsubscribe("nobody@example.org")
                early.age = -302
                #expect(try await relay.send(early, to: serving).status == 401)
                var late = Relay.Delivery.unsubscribe("nobody@example.org")
                late.age = 280
                #expect(try await relay.send(late, to: serving).status == 204)

                #expect(try await relay.send(stranger, to: serving, account: "unknown").status == 404)
                let forged = Relay(
                    secret: "whsec_" + Data("forged".utf8).base64EncodedString(), account: relay.account,
                    folder: relay.folder)
                #expect(try await forged.send(stranger, to: serving).status == 401)
                #expect(try await serving.curl(["--data", "{}"], "/webhooks/constant-contact/constant-contact").status == 401)
                #expect(try await serving.curl([], "/nowhere").status == 404)

                let blanks = Data(repeating: UInt8(ascii: " "), count: (1 << 20) - stranger.body.count)
                let largest = Relay.Delivery(blanks + stranger.body)
                #expect(try await relay.send(largest, to: serving).status == 204)
                let tooLarge = Relay.Delivery(blanks + stranger.body + Data(" ".utf8))
                #expect(try await relay.send(tooLarge, to: serving).status == 413)

                // Refused deliveries leave no row.
                #expect(try await installation.inboxRows(id: old.id) == 0)
                #expect(try await installation.inboxRows(id: tooLarge.id) == 0)
                #expect(try await installation.inboxRows(id: largest.id) == 1)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aBodyThatCannotBeReadIsADeadLetterAndHoldsNothingUp() async throws {
            try await Installation.run(members: 20) { installation in
                try await installation.connectAndLink()
                let relay = try await installation.relay()
                let serving = try await installation.serve()
                let address = try #require(try await installation.waitForFirstSync().sorted().first)

                let answers = try await relay.send(
                    [
                        Relay.Delivery(#"{"type":"contact.unsubscribed","data":"#), Relay.Delivery(Data([0xFF, 0xFE])),
                        Relay.Delivery("[]"), Relay.Delivery(#"{"type":"contact.unsubscribed","data":{}}"#),
                        Relay.Delivery(#"{"type":"contact.painted","data":{}}"#), .unsubscribe(address),
                    ], to: serving)
                #expect(answers.map(\.status) == Array(repeating: 204, count: 6))

                try await wait(for: "the opt-out behind them") {
                    try await CampaignOracle.read(installation.crm).records(having: address).allSatisfy(\.isOptedOut)
                }
                try await wait(for: "four dead letters") {
                    try await serving.health().json?["inbox"]?["dead"]?.intValue == 4
                }
                #expect(try await serving.health().json?["inbox"]?["waiting"]?.intValue == 0)
            }
        }
    }
}
