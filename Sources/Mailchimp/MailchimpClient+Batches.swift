import Bridge
import HTTPCalls
import Logging
import NIOCore
import NIOHTTP1
import Reconciliation

/// Changes of contacts that are known: a few by single calls, many by a batch (mailchimp.md §6).
///
/// Each is a PATCH of the contact's values: it neither creates nor carries a status, so that a contact that was deleted or
/// has another address by now is not made a second time (design §3, C11).
extension MailchimpClient {
    /// Changes a few contacts one after the other, and puts them on tags.
    func changeSingly(_ rows: [ContactRow], onto lists: [ListID]) async throws -> ActivityResult {
        let operation = "update contacts"
        var result = ActivityResult(completed: true, state: "changed")
        let changes = try await changes(of: rows, into: &result)
        var documents: [MemberDocument] = []
        var untagged: [(index: Int, email: String)] = []
        for change in changes.rows {
            let path = path(ofMember: SubscriberHash.of(change.email))
            let request = caller.write(operation, .PATCH, path, changes.query) { writer in
                writer.object { change.values.write(to: &$0) }
            }
            do {
                let document = try await caller.call(request) { try Self.member(in: $0) }
                documents.append(document)
                // A change of values names a tag that the contact has already: that is no second call.
                if !document.hasTags(of: lists) { untagged.append((change.index, change.email)) }
            } catch let error as PortError where [.refused, .conflict(existing: nil)].contains(error.code) {
                result.rowErrors.append((index: change.index, text: error.detail))
            } catch let error as PortError where error.code == .notFound {
                try await confirmAudience()
                result.rowErrors.append((index: change.index, text: Self.isGone))
            }
        }
        try await put(untagged, onto: lists, into: &result)
        take(documents, into: &result)
        return result
    }

    /// Hands a batch over that changes contacts and puts them on tags.
    ///
    /// The order of its operations is not guaranteed; since all of the contacts are there, none is needed.
    func changeByBatch(_ rows: [ContactRow], onto lists: [ListID]) async throws -> Submission {
        let operation = "hand a batch over"
        var result = ActivityResult(completed: true, state: "refused")
        let changes = try await changes(of: rows, into: &result)
        if let error = result.rowErrors.first {
            // The results of a batch tell of the rows that were in it; the engine finds the one that must not be.
            if changes.rows.isEmpty { return .ended(result) }
            throw PortError(.refused, operation: operation, detail: error.text)
        }
        let suffix = changes.query.isEmpty ? "" : "?" + PercentEncoding.encode(changes.query)
        let request = caller.write(operation, .POST, "/batches", queuesActivity: true) { writer in
            writer.object { writer in
                writer.key("operations")
                writer.array { writer in
                    for change in changes.rows {
                        let path = path(ofMember: SubscriberHash.of(change.email)) + suffix
                        BatchOperation.row(change.index).write(.PATCH, path, to: &writer) { writer in
                            writer.object { change.values.write(to: &$0) }
                        }
                    }
                    for list in lists {
                        for start in stride(from: 0, to: changes.rows.count, by: MailchimpLimits.bulkRows) {
                            let chunk = changes.rows.dropFirst(start).prefix(MailchimpLimits.bulkRows)
                            let name = BatchOperation.membership(list, from: start, count: chunk.count)
                            name.write(.POST, path(of: list), to: &writer) { writer in
                                Self.writeChange(adding: chunk.map(\.email), removing: [], to: &writer)
                            }
                        }
                    }
                }
            }
        }
        return try await caller.call(request) { answer in
            guard let batch = try answer.decode({ try BatchDocument.read(&$0) }) else {
                throw JSONReader.Malformed(offset: 0)
            }
            return .underWay(ActivityID(batch.id))
        }
    }

    /// How batches stand now: one read for one, one page for many and single reads for those it does not show.
    package func progress(of activities: [ActivityID]) async throws -> [ActivityID: ActivityProgress] {
        let operation = "read batches"
        var found: [ActivityID: BatchDocument] = [:]
        if Set(activities).count > 1 {
            let query = [("count", String(MailchimpLimits.pageSize)), ("fields", BatchDocument.pageFields)]
            let page = try await caller.call(caller.read(operation, "/batches", query)) { answer in
                try answer.decode { try CollectionPage.read(&$0, "batches") { try BatchDocument.read(&$0) } }
            }
            for batch in page.elements { found[ActivityID(batch.id)] = batch }
        }
        var progress: [ActivityID: ActivityProgress] = [:]
        for id in Set(activities) {
            let listed = found[id]
            let batch = if let listed { listed } else { try await self.batch(id) }
            // Older than seven days, stopped, or never there: absent from the answer.
            guard let batch else { continue }
            progress[id] = batch.isFinished ? .ended(try await self.result(of: batch)) : .running
        }
        return progress
    }

    // MARK: Parts

    private static let isGone = "the audience does not have the contact any more, or under another address"

    /// Rows with what is written of them.
    private struct Changes: Sendable {
        struct Row: Sendable {
            var index: Int
            var email: String
            var values: RowValues
        }

        var rows: [Row] = []
        var query: [(String, String)] = []
    }

    private func changes(of rows: [ContactRow], into result: inout ActivityResult) async throws -> Changes {
        let definitions = try await definitions(covering: Set(rows.flatMap(\.fields.keys)))
        var changes = Changes(query: try await skipping(definitions))
        for (index, row) in rows.enumerated() {
            do throws(RowValues.UndefinedField) {
                let values = try RowValues(row, definitions: definitions)
                changes.rows.append(Changes.Row(index: index, email: row.email, values: values))
            } catch {
                result.rowErrors.append((index: index, text: error.words))
            }
        }
        return changes
    }

    private func batch(_ id: ActivityID) async throws -> BatchDocument? {
        let path = "/batches/\(PercentEncoding.encode(id.rawValue))"
        let request = caller.read("read a batch", path, [("fields", BatchDocument.fields)])
        do {
            return try await caller.call(request) { answer in try answer.decode { try BatchDocument.read(&$0) } }
        } catch let error as PortError where error.code == .notFound {
            return nil
        }
    }

    /// What a batch that has finished did.
    ///
    /// Results that cannot be read leave its rows to be read back, and hold no other batch up.
    private func result(of batch: BatchDocument) async throws -> ActivityResult {
        do {
            var outcome = BatchOutcome()
            try await results(of: batch) { outcome.take($0) }
            var result = outcome.result
            take(outcome.members, into: &result)
            return result
        } catch let error as PortError where error.code == .unreadableAnswer {
            logger.warning("the results of a batch cannot be read", metadata: ["reason": "\(error.detail)"])
            return ActivityResult(completed: false, state: "finished, but its results cannot be read: \(error.detail)")
        }
    }

    /// Takes over what answers show of contacts, but for their tags: what put them on some may have come later.
    private func take(_ documents: [MemberDocument], into result: inout ActivityResult) {
        for var document in documents where !document.contactID.isEmpty && !document.isCleaned {
            document.tags = nil
            result.contacts.append(document.contact(bounce: nil))
        }
    }
}
