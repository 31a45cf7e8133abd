import AsyncHTTPClient
import Bridge
import HTTPCalls
import NIOCore
import Reconciliation

/// Fetching the results of a batch: a gzipped tar of JSON files, at an address that is good for ten minutes
/// (mailchimp.md §6).
extension MailchimpClient {
    /// Reads the results row by row; the archive never lies in memory whole.
    ///
    /// - Throws: `PortError`: `unreadableAnswer` for what is no such archive; `unavailable` when it cannot be fetched.
    func results(of batch: BatchDocument, each: (BatchRow) -> Void) async throws {
        let operation = "fetch the results of a batch"
        var address = batch.resultsURL
        var attempt = 0
        while true {
            let (outcome, rows) = try await fetch(address, operation)
            let error: PortError
            switch outcome {
            case .answered(let answer) where answer.isSuccess:
                for row in rows { each(row) }
                return
            case .answered(let answer) where answer.status == 403 || answer.status == 404:
                // The address has expired; another reading of the batch gives a new one.
                let detail = "the storage of results refuses the address that the batch gives"
                error = PortError(.unreadableAnswer, operation: operation, detail: detail, status: answer.status)
                address = try await freshAddress(of: batch, operation)
            case .answered(let answer):
                let detail = "the storage of results does not answer as it should"
                error = PortError(.unavailable, operation: operation, detail: detail, status: answer.status)
            case .unreachable(let reason), .notSent(let reason), .lost(let reason):
                let detail = "the results could not be fetched: \(reason)"
                error = PortError(.unavailable, operation: operation, detail: detail)
            }
            guard attempt < Backoff.repetitions else { throw error }
            try await clock.sleep(milliseconds: caller.backoff.pause(attempt))
            attempt += 1
        }
    }

    /// Fetches and reads an archive.
    ///
    /// The storage is another host, which gets no credential of the account.
    private func fetch(_ address: String, _ operation: String) async throws -> (Transport.Outcome, [BatchRow]) {
        guard Self.isSafe(address) else {
            let detail = "the batch names no address of its results that could be called"
            throw PortError(.unreadableAnswer, operation: operation, detail: detail)
        }
        do {
            let inflater = try Inflater()
            var archive = TarReader()
            var rows: [BatchRow] = []
            let outcome = try await transport.receive(HTTPClientRequest(url: address)) { piece in
                try inflater.feed(piece.readableBytesView) { bytes in
                    try archive.feed(bytes) { rows += try Self.rows(in: $0) }
                }
            }
            if case .answered(let answer) = outcome, answer.isSuccess {
                try inflater.finish()
                try archive.finish()
            }
            return (outcome, rows)
        } catch let error where Self.isDamage(error) {
            let detail = "the results are no archive that can be read (\(error))"
            throw PortError(.unreadableAnswer, operation: operation, detail: detail)
        }
    }

    private static func isDamage(_ error: any Error) -> Bool {
        error is Inflater.Damaged || error is TarReader.Problem || error is JSONReader.Malformed
    }

    private func freshAddress(of batch: BatchDocument, _ operation: String) async throws -> String {
        let path = "/batches/\(PercentEncoding.encode(batch.id))"
        let request = caller.read(operation, path, [("fields", BatchDocument.fields)])
        return try await caller.call(request) { answer in
            try answer.decode { try BatchDocument.read(&$0) }?.resultsURL ?? ""
        }
    }

    /// The rows in one file of results.
    private static func rows(in file: [UInt8]) throws -> [BatchRow] {
        try file.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            var rows: [BatchRow] = []
            let isArray = try reader.elements { reader in
                if let row = try BatchRow.read(&reader) { rows.append(row) }
            }
            guard isArray else { throw JSONReader.Malformed(offset: 0) }
            return rows
        }
    }

    /// Whether an address may be called: over `https`, or over `http` on this machine.
    private static func isSafe(_ address: String) -> Bool {
        do throws(ServiceAddress.Unusable) {
            _ = try ServiceAddress(String(address.prefix { $0 != "?" }))
            return true
        } catch {
            return false
        }
    }
}
