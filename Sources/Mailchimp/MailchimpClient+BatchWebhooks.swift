import Bridge
import HTTPCalls
import NIOHTTP1

/// The webhooks that are told of batches: twenty at most in a Mailchimp account (mailchimp.md §2, §4, §9).
extension MailchimpClient {
    /// Every batch webhook of the account.
    package func batchWebhooks() async throws -> [BatchWebhook] {
        let operation = "read batch webhooks"
        let query = [("count", String(MailchimpLimits.pageSize))]
        return try await caller.call(caller.read(operation, Self.batchWebhooksPath, query)) { answer in
            try answer.decode { try CollectionPage.read(&$0, "webhooks") { try BatchWebhook.read(&$0) } }.elements
        }
    }

    /// Creates a batch webhook, enabled.
    ///
    /// The service calls the address by GET before it takes it. Where it signs, the answer alone carries the secret.
    ///
    /// - Throws: `PortError`: `refused` when the address could not be called, another batch webhook has it, or there are
    ///   twenty of them.
    package func createBatchWebhook(at url: String) async throws -> BatchWebhook {
        let request = caller.write("create a batch webhook", .POST, Self.batchWebhooksPath) { Self.write(url, &$0) }
        return try await caller.call(request) { try Self.batchWebhook(in: $0) }
    }

    /// Gives a batch webhook another address, and enables it; its secret stays.
    ///
    /// - Throws: `PortError`: `refused` as for a new one; `notFound` when it is gone.
    package func updateBatchWebhook(_ id: String, url: String) async throws -> BatchWebhook {
        let path = Self.path(ofBatchWebhook: id)
        let request = caller.write("change a batch webhook", .PATCH, path) { Self.write(url, &$0) }
        return try await caller.call(request) { try Self.batchWebhook(in: $0) }
    }

    /// Deletes a batch webhook; one that is gone already is no error.
    package func deleteBatchWebhook(_ id: String) async throws {
        do {
            try await caller.call(caller.delete("delete a batch webhook", Self.path(ofBatchWebhook: id))) { _ in }
        } catch let error as PortError where error.code == .notFound {
            return
        }
    }

    private static let batchWebhooksPath = "/batch-webhooks"

    private static func path(ofBatchWebhook id: String) -> String {
        "\(batchWebhooksPath)/\(PercentEncoding.encode(id))"
    }

    private static func write(_ url: String, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("url", url)
            writer.key("enabled")
            writer.boolean(true)
        }
    }

    private static func batchWebhook(in answer: ServiceAnswer) throws -> BatchWebhook {
        guard let hook = try answer.decode({ try BatchWebhook.read(&$0) }) else {
            throw JSONReader.Malformed(offset: 0)
        }
        return hook
    }
}
