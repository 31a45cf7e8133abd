import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

/// Bulk changes: creations, memberships and removals are carried out by the call itself, changes of many known contacts
/// by a batch (mailchimp.md §6).
extension MailchimpClient {
    package func packing(of rows: [ContactRow], onto lists: [ListID]) -> [Int] {
        guard let first = rows.first else { return [] }
        let most =
            switch bulkKind(of: first) {
            case .creation, .membership, .whole: MailchimpLimits.bulkRows
            case .change: Self.mostChanges(onto: lists)
            }
        return stride(from: 0, to: rows.count, by: most).map { min(most, rows.count - $0) }
    }

    package func bulkKind(of row: ContactRow) -> BulkKind {
        if row.known == nil { return .creation }
        return row.isHeld ? .membership : .change
    }

    /// Hands a bulk change over.
    package func submit(_ change: BulkChange) async throws -> Submission {
        switch change {
        case .upsert(let rows, let lists):
            guard let first = rows.first else { return .ended(ActivityResult(completed: true, state: "empty")) }
            let kind = bulkKind(of: first)
            let most = kind == .change ? Self.mostChanges(onto: lists) : MailchimpLimits.bulkRows
            try Self.check(rows.count, most: most, "rows", "write contacts")
            switch kind {
            case .creation: return .ended(try await create(rows, onto: lists))
            case .membership, .whole: return .ended(try await put(rows, onto: lists))
            case .change where rows.count <= MailchimpLimits.singleChanges:
                return .ended(try await changeSingly(rows, onto: lists))
            case .change: return try await changeByBatch(rows, onto: lists)
            }
        case .remove(let contacts, let lists):
            try Self.check(contacts.count, most: MailchimpLimits.bulkRows, "contacts", "take contacts off lists")
            return .ended(try await remove(contacts, from: lists))
        }
    }

    /// The most changes that one batch takes beside the calls for their lists.
    private static func mostChanges(onto lists: [ListID]) -> Int {
        max(1, MailchimpLimits.batchOperations - 2 * lists.count)
    }

    private static func check(_ count: Int, most: Int, _ what: String, _ operation: String) throws {
        guard count <= most else {
            let detail = "one request takes \(most) \(what) at most, not \(count)"
            throw PortError(.refused, operation: operation, detail: detail)
        }
    }

    // MARK: Removal

    /// Takes contacts off tags; who has left the audience, or a tag that is gone, has no membership to end.
    private func remove(_ contacts: [ContactReference], from lists: [ListID]) async throws -> ActivityResult {
        let operation = "take contacts off lists"
        for list in lists {
            do {
                _ = try await changeSegment(list, adding: [], removing: contacts.map(\.address.text), operation)
            } catch let error as PortError where error.code == .notFound {
                try await confirmAudience()
            }
        }
        return ActivityResult(completed: true, state: "removed")
    }

    // MARK: Membership

    /// Puts known contacts on tags and changes nothing else of them.
    private func put(_ rows: [ContactRow], onto lists: [ListID]) async throws -> ActivityResult {
        var result = ActivityResult(completed: true, state: "on the lists")
        let indexed = rows.enumerated().map { (index: $0.offset, email: $0.element.email) }
        try await put(indexed, onto: lists, into: &result)
        return result
    }

    /// Puts contacts on tags, and tells of those who were not.
    ///
    /// - Parameter rows: addresses with the indices of their rows.
    func put(
        _ rows: [(index: Int, email: String)],
        onto lists: [ListID],
        into result: inout ActivityResult
    ) async throws {
        let index = RowIndex(rows)
        var told: Set<Int> = []
        for list in lists {
            for (email, outcome) in try await add(rows.map(\.email), to: list) {
                for row in index.rows(of: email) where told.insert(row).inserted {
                    switch outcome {
                    case .refused(let words): result.rowErrors.append((index: row, text: words))
                    case .found(let contact): result.contacts.append(contact)
                    case .unknown: result.unnamedRefusals += 1
                    }
                }
            }
        }
    }

    /// Why somebody was not put on a tag.
    private enum Ignored {
        case refused(String)
        /// The contact as it was read instead: deleted.
        case found(ProviderContact)
        /// The service has not said, and may do later.
        case unknown
    }

    /// Adds addresses to a tag.
    ///
    /// Members that were made in bulk a moment ago may be unknown to tags for a while (mailchimp.md §6); those who are
    /// there by a look are tried again after a pause.
    ///
    /// - Returns: who was not added.
    private func add(_ emails: [String], to list: ListID) async throws -> [(email: String, outcome: Ignored)] {
        let operation = "put contacts on a list"
        var told: [(email: String, outcome: Ignored)] = []
        var waiting = emails
        for pause in Self.pausesBeforeRepeating {
            var ignored: [String] = []
            for chunk in stride(from: 0, to: waiting.count, by: MailchimpLimits.bulkRows) {
                let addresses = Array(waiting[chunk..<min(waiting.count, chunk + MailchimpLimits.bulkRows)])
                ignored += try await changeSegment(list, adding: addresses, removing: [], operation).ignored.map(
                    \.address
                )
            }
            if ignored.isEmpty { return told }
            waiting = []
            for email in ignored {
                guard ignored.count <= MailchimpLimits.singleLooks, let look = try await look(at: email) else {
                    waiting.append(email)
                    continue
                }
                told.append((email, look))
            }
            guard let pause, !waiting.isEmpty else { break }
            try await clock.sleep(milliseconds: pause)
        }
        return told + waiting.map { ($0, .unknown) }
    }

    /// The pauses in milliseconds after the first, second and last attempt.
    private static let pausesBeforeRepeating: [Int64?] = [5_000, 25_000, nil]

    /// Looks why a tag does not know an address; nil where there is no reason, so that it may know it later.
    private func look(at email: String) async throws -> Ignored? {
        let operation = "read a contact"
        do {
            let document = try await document(named: SubscriberHash.of(email), operation)
            guard document.isArchived else { return nil }
            return .found(try await contact(from: document))
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
            return .refused("the audience does not have the contact any more, or under another address")
        }
    }

    /// Adds addresses to a tag or takes them off it; both at most five hundred.
    func changeSegment(
        _ list: ListID,
        adding: [String],
        removing: [String],
        _ operation: String
    ) async throws -> SegmentChange {
        let request = caller.write(operation, .POST, path(of: list)) {
            Self.writeChange(adding: adding, removing: removing, to: &$0)
        }
        return try await caller.call(request) { answer in try answer.decode { try SegmentChange.read(&$0) } }
    }

    /// Writes the body of a change of a tag's members.
    static func writeChange(adding: [String], removing: [String], to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, addresses) in [("members_to_add", adding), ("members_to_remove", removing)]
            where !addresses.isEmpty {
                writer.key(named: name)
                writer.array { writer in
                    for address in addresses { writer.string(address) }
                }
            }
        }
    }
}
