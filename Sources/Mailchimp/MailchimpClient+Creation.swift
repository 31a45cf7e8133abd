import Bridge
import HTTPCalls
import Logging
import NIOHTTP1
import Reconciliation

/// Creating contacts by the hundred (mailchimp.md §6).
extension MailchimpClient {
    /// Creates members with their tags in one call.
    ///
    /// Nobody who is there is changed by it.
    ///
    /// Who turns out to be there is looked at one by one, as far as they are few; the others are left to be read back.
    func create(_ rows: [ContactRow], onto lists: [ListID]) async throws -> ActivityResult {
        let operation = "create contacts"
        var result = ActivityResult(completed: true, state: "created")
        let wanted = Set(rows.flatMap(\.fields.keys))
        let definitions = try await definitions(covering: wanted)
        let names = try await names(of: lists, operation)
        let status = try await audienceFacts().statusOfNew

        var sent: [(index: Int, email: String)] = []
        var values: [RowValues] = []
        for (index, row) in rows.enumerated() {
            do throws(RowValues.UndefinedField) {
                values.append(try RowValues(row, definitions: definitions))
                sent.append((index, row.email))
            } catch {
                result.rowErrors.append((index: index, text: error.words))
            }
        }
        if sent.isEmpty { return result }

        let answer = try await send(sent.map(\.email), values, status: status, tags: names, definitions, operation)
        // Only those that the answer names by the id that stays; the others are read back.
        result.contacts = answer.created.filter { !$0.contactID.isEmpty }.map { $0.contact(bounce: nil) }
        let index = RowIndex(sent)
        var known: [Int] = []
        for error in answer.errors {
            let found = index.rows(of: error.address)
            if error.isKnown {
                known += found
            } else {
                result.rowErrors += found.map { (index: $0, text: error.words) }
            }
        }
        for row in known.prefix(MailchimpLimits.singleLooks) {
            try await takeOver(rows[row], at: row, onto: lists, into: &result)
        }
        return result
    }

    /// Writes a row whose contact is there although nobody knew, and tells of one that takes no tags.
    private func takeOver(
        _ row: ContactRow,
        at index: Int,
        onto lists: [ListID],
        into result: inout ActivityResult
    ) async throws {
        do {
            let contact = try await upsert(row, known: nil, onto: lists)
            result.contacts.append(contact)
            // One that is unsubscribed is an opt-out and no failure.
            guard contact.permission != .unsubscribed, !contact.lists.isSuperset(of: lists) else { return }
            let words =
                "Mailchimp has the contact already, as \(contact.permission.text), and it was not put on the list"
            result.rowErrors.append((index: index, text: words))
        } catch let error as PortError {
            switch error.code {
            case .refused, .conflict, .notFound:
                result.rowErrors.append((index: index, text: error.detail))
            case .needsAuthorisation, .forbidden, .throttled, .quotaSpent, .queueFull, .unavailable, .unknownOutcome,
                .unreadableAnswer, .otherAccount:
                // What the call did is not to be forgotten for the sake of one row: that one is read back.
                result.unnamedRefusals += 1
            }
        }
    }

    private func send(
        _ emails: [String],
        _ values: [RowValues],
        status: String,
        tags: [String],
        _ definitions: [String: MergeFieldDocument],
        _ operation: String
    ) async throws -> BulkAnswer {
        let query = [("skip_duplicate_check", "true")] + (try await skipping(definitions))
        let request = caller.write(operation, .POST, path(), query) { writer in
            writer.object { writer in
                writer.key("members")
                writer.array { writer in
                    for (email, values) in zip(emails, values) {
                        writer.object { writer in
                            writer.member("email_address", email)
                            writer.member("status", status)
                            values.write(to: &writer)
                            guard !tags.isEmpty else { return }
                            writer.key("tags")
                            writer.array { writer in
                                for tag in tags { writer.string(tag) }
                            }
                        }
                    }
                }
                // Nobody who is there gets another status, and nobody's tags are replaced.
                writer.key("update_existing")
                writer.boolean(false)
                writer.key("sync_tags")
                writer.boolean(false)
            }
        }
        return try await inAudience(operation) {
            try await caller.call(request) { answer in try answer.decode { try BulkAnswer.read(&$0) } }
        }
    }

    /// The names of tags, by which members of a bulk creation get them.
    ///
    /// They are read anew each time: a name that was changed would make a second tag.
    ///
    /// - Throws: `PortError` with `notFound` when a tag is gone.
    private func names(of lists: [ListID], _ operation: String) async throws -> [String] {
        if lists.isEmpty { return [] }
        let names = Dictionary(try await self.lists().map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        return try lists.map { list in
            guard let name = names[list] else {
                throw PortError(.notFound, operation: operation, detail: "the audience has no tag \(list) any more")
            }
            return name
        }
    }

    // MARK: Merge fields

    /// The audience's definitions, with those of some tags as far as they exist.
    ///
    /// Causeway's own are not looked for: where their owner deleted them, every write would look again.
    func definitions(covering tags: Set<String>) async throws -> [String: MergeFieldDocument] {
        let wanted = tags.subtracting([MergeFields.record.kind, MergeFields.record.id])
        return try await mergeFields.definitions(covering: wanted) { try await self.mergeFieldDocuments() }
    }

    /// The query that lets rows through although a required field is left out (mailchimp.md §5).
    ///
    /// It is told once: what the owner of the audience requires is not kept to.
    func skipping(_ definitions: [String: MergeFieldDocument]) async throws -> [(String, String)] {
        let required = definitions.values.filter(\.isRequired).map(\.tag).sorted()
        if required.isEmpty { return [] }
        if await audience.isFirstSkipping() {
            logger.warning(
                "contacts are written without required fields of the audience",
                metadata: ["fields": "\(required.joined(separator: ", "))"]
            )
        }
        return [("skip_merge_validation", "true")]
    }
}
