import Crypto
import Foundation

/// A relay that signs as Standard Webhooks says and sends with curl.
struct Relay: Sendable {
    /// One delivery, whatever is wrong with it.
    struct Delivery: Sendable {
        var id = "relay_\(UUID().uuidString)"
        /// Seconds before now at which it claims to be signed.
        var age = 0
        var body: Data

        init(_ body: Data) { self.body = body }

        init(_ text: String) { body = Data(text.utf8) }

        /// An unsubscribe by the person.
        static func unsubscribe(_ address: String) -> Delivery {
            Delivery(
                #"{"type":"contact.unsubscribed","timestamp":"2026-01-02T03:04:05Z","data":{"email":"\#(address)","#
                    + #""reason":"no more","source":"person"}}"#)
        }
    }

    let secret: String
    let account: String
    let folder: TemporaryFolder

    /// Sends deliveries over one connection, one after the other.
    ///
    /// - Returns: the status and `Retry-After` of each answer.
    /// - Throws: `CommandFailed` when a delivery has no answer.
    func send(_ deliveries: [Delivery], to serving: Serving, account other: String? = nil) async throws -> [HTTPAnswer] {
        let outcome = try await curl(deliveries, to: serving, account: other ?? account)
        guard outcome.status == 0 else { throw CommandFailed(command: "curl", outcome: outcome) }
        return try outcome.output.split(separator: "\n").map { line in
            try HTTPAnswer(Program.Outcome(status: 0, output: "\n\(line)", errors: ""))
        }
    }

    private func curl(_ deliveries: [Delivery], to serving: Serving, account: String) async throws -> Program.Outcome {
        let batch = UUID().uuidString.prefix(8)
        var configuration: [String] = []
        for (index, delivery) in deliveries.enumerated() {
            let file = folder.file("delivery-\(batch)-\(index)")
            try delivery.body.write(to: URL(filePath: file))
            var lines = [
                "url = \"\(serving.url("/webhooks/constant-contact/\(account)"))\"",
                "data-binary = \"@\(file)\"", "header = \"Content-Type: application/json\"", "header = \"Expect:\"",
                "cacert = \"\(folder.file("certs/authority.pem"))\"", "output = \"/dev/null\"", "silent", "show-error",
                "max-time = 30", #"write-out = "\n%{http_code} %header{retry-after}\n""#,
            ]
            lines += headers(of: delivery).map { "header = \"\($0.name): \($0.value)\"" }
            configuration.append(lines.joined(separator: "\n"))
        }
        let path = try folder.write(configuration.joined(separator: "\nnext\n"), to: "curl-\(batch)")
        return try await Program.run(["curl", "--config", path])
    }

    /// Sends deliveries until the server takes no more.
    ///
    /// - Returns: the ids of those that were answered by a 204.
    func sendWhileServed(_ deliveries: [Delivery], to serving: Serving) async throws -> [String] {
        let outcome = try await curl(deliveries, to: serving, account: account)
        return zip(deliveries, outcome.output.split(separator: "\n"))
            .filter { $0.1.hasPrefix("204") }
            .map(\.0.id)
    }

    /// Sends one delivery.
    func send(_ delivery: Delivery, to serving: Serving, account other: String? = nil) async throws -> HTTPAnswer {
        let answers = try await send([delivery], to: serving, account: other)
        guard let answer = answers.first else { throw TimedOut(description: "no answer") }
        return answer
    }

    private func headers(of delivery: Delivery) -> [(name: String, value: String)] {
        let timestamp = String(Int(Date().timeIntervalSince1970) - delivery.age)
        let key = SymmetricKey(data: Data(base64Encoded: String(secret.dropFirst("whsec_".count))) ?? Data())
        let signed = Data("\(delivery.id).\(timestamp).".utf8) + delivery.body
        let code = Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
        return [
            ("webhook-id", delivery.id), ("webhook-timestamp", timestamp), ("webhook-signature", "v1,\(code)"),
        ]
    }
}
