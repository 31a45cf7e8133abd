import Bridge
import Foundation
import Reconciliation
import Testing
import Webhooks

/// Runs webhooks/constant-contact/sign-and-send.sh against the listener.
struct RelayScriptTests {
    private let folder = Repository.webhooks.appending(path: "constant-contact")

    private func send(
        _ sample: String,
        port: Int,
        secret: WebhookSecret,
        id: String? = nil
    ) async throws -> Program.Result {
        var environment = [
            "BRIDGE_URL": "http://127.0.0.1:\(port)/webhooks/constant-contact/constant-contact",
            "BRIDGE_SECRET": secret.text,
        ]
        environment["BRIDGE_ID"] = id
        return try await Program.run(
            "/bin/sh",
            [folder.appending(path: "sign-and-send.sh").path, folder.appending(path: "samples/\(sample).json").path],
            environment: environment
        )
    }

    private func listener() throws -> TestListener {
        try TestListener(clock: ManualClock(seconds: Int64(Date.now.timeIntervalSince1970)))
    }

    @Test func deliversTheSamplesByteForByte() async throws {
        let listener = try listener()
        let samples = try Repository.samples(of: "constant-contact")
        try await listener.serve { client async throws in
            for sample in samples.keys {
                let result = try await send(sample, port: client.port, secret: listener.secret)
                #expect(result.output == "204\n")
                #expect(result.status == 0)
                #expect(result.errors.isEmpty)
            }
        }
        #expect(Set(listener.store.deliveries.map(\.body)) == Set(samples.values))
    }

    @Test func repeatsADeliveryUnderItsID() async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            for _ in 0..<2 {
                let result = try await send("bounced", port: client.port, secret: listener.secret, id: "again")
                #expect(result.status == 0)
            }
        }
        #expect(listener.store.deliveries.map(\.id) == ["again"])
    }

    @Test func saysWhenItIsRefused() async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            let result = try await send("bounced", port: client.port, secret: try .of(9))
            #expect(result.output == "401\n")
            #expect(result.status == 1)
        }
    }
}
