import ArgumentParser
import Foundation
import Reconciliation
import Store

/// Shows one delivery whole.
///
/// `--json`: one document `{"id","account","source","deliveryId","received","state","attempts","error","decided",
/// "digest","headers","body","bodyBase64"}`; `body` is `null` and `bodyBase64` set for a body that is no UTF-8.
struct InboxShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one delivery with its body.")

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The delivery's id; see causeway inbox list.")
    var id: Int64

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let id = id
        guard let entry = try await wiring.store.database.read({ try Inbox.show(id, on: $0) }) else {
            throw Failure("there is no delivery \(id); see causeway inbox list")
        }
        let document = try Document(entry)
        if options.json { return try JSONOutput.print(document) }
        Console.line(
            "delivery \(document.id) from \(document.source) for \(document.account), id \(document.deliveryID)"
        )
        Console.line("received \(document.received), \(document.state)\(document.decided.map { " at \($0)" } ?? "")")
        if let error = document.error { Console.line("error: \(error)") }
        for (name, value) in document.headers.sorted(by: { $0.key < $1.key }) { Console.line("\(name): \(value)") }
        Console.line()
        Console.line(document.body ?? "(\(entry.delivery.body.count) bytes that are no text)")
    }

    private struct Document: Encodable {
        var id: Int64
        var account: String
        var source: String
        var deliveryID: String
        var received: String
        var state: String
        var attempts: Int
        var error: String?
        var decided: String?
        var digest: String
        var headers: [String: String]
        var body: String?
        var bodyBase64: String?

        init(_ entry: InboxEntry) throws {
            id = entry.id
            account = entry.delivery.account.rawValue
            source = entry.delivery.source
            deliveryID = entry.delivery.deliveryID
            received = entry.delivery.receivedAt.text
            state = entry.state.rawValue
            attempts = entry.attempts
            error = entry.error
            decided = entry.decidedAt?.text
            let digits = Array("0123456789abcdef")
            digest = String(entry.delivery.digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
            headers = try JSONDecoder().decode([String: String].self, from: Data(entry.delivery.headers.utf8))
            body = String(validating: entry.delivery.body, as: UTF8.self)
            bodyBase64 = body == nil ? Data(entry.delivery.body).base64EncodedString() : nil
        }

        private enum CodingKeys: String, CodingKey {
            case id, account, source, received, state, attempts, error, decided, digest, headers, body, bodyBase64
            case deliveryID = "deliveryId"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(id, forKey: .id)
            try container.encode(account, forKey: .account)
            try container.encode(source, forKey: .source)
            try container.encode(deliveryID, forKey: .deliveryID)
            try container.encode(received, forKey: .received)
            try container.encode(state, forKey: .state)
            try container.encode(attempts, forKey: .attempts)
            try container.encode(error, forKey: .error)
            try container.encode(decided, forKey: .decided)
            try container.encode(digest, forKey: .digest)
            try container.encode(headers, forKey: .headers)
            try container.encode(body, forKey: .body)
            try container.encode(bodyBase64, forKey: .bodyBase64)
        }
    }
}
