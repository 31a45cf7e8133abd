import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

extension ConstantContactClient {
    private static let activities = "/activities"

    package func packing(of rows: [ContactRow], onto lists: [ListID]) -> [Int] {
        ImportBody.packing(of: rows, onto: lists)
    }

    /// Hands a bulk change over.
    ///
    /// Rows go as they are: one that breaks a limit of the capabilities is refused by the service as a row error of
    /// the activity, and does not hold the others up.
    package func submit(_ change: BulkChange) async throws -> Submission {
        let request: ServiceRequest
        switch change {
        case .upsert(let rows, let lists):
            let operation = "import contacts"
            try Self.check(rows.count, in: 1...ImportBody.mostRows, "rows", operation)
            try Self.check(lists.count, in: 1...ConstantContactLimits.listsPerActivity, "lists", operation)
            request = ServiceRequest(
                operation: operation,
                method: .POST,
                url: caller.base.appending("\(Self.activities)/contacts_json_import"),
                body: ImportBody.body(of: rows, onto: lists),
                queuesActivity: true
            )
        case .remove(let contacts, let lists):
            let operation = "take contacts off lists"
            try Self.check(contacts.count, in: 1...ConstantContactLimits.removalBatch, "contacts", operation)
            try Self.check(lists.count, in: 1...ConstantContactLimits.listsPerActivity, "lists", operation)
            let path = "\(Self.activities)/remove_list_memberships"
            request = caller.write(operation, .POST, path, queuesActivity: true) { writer in
                writer.object { writer in
                    writer.key("source")
                    writer.object { writer in
                        writer.key("contact_ids")
                        writer.array { writer in
                            for contact in contacts { writer.string(contact.id.rawValue) }
                        }
                    }
                    writer.lists("list_ids", lists)
                }
            }
        }
        return try await caller.call(request) { .underWay(ActivityID(try Self.activity(in: $0).id)) }
    }

    /// How the activities stand now: one read for one, one page for many and single reads for those it does not show.
    package func progress(of activities: [ActivityID]) async throws -> [ActivityID: ActivityProgress] {
        let operation = "read activities"
        var wanted = Set(activities)
        var found: [ActivityID: ActivityProgress] = [:]
        if wanted.count > 1 {
            let query = [("limit", String(ConstantContactLimits.pageSize))]
            let page = try await caller.call(caller.read(operation, Self.activities, query)) { answer in
                try answer.decode { try Page.read(&$0, "activities") { try ActivityDocument.read(&$0) } }
            }
            for activity in page.elements {
                if let id = wanted.remove(ActivityID(activity.id)) { found[id] = activity.progress }
            }
        }
        for id in activities where wanted.remove(id) != nil {
            let path = "\(Self.activities)/\(PercentEncoding.encode(id.rawValue))"
            do {
                found[id] = try await caller.call(caller.read(operation, path)) { try Self.activity(in: $0).progress }
            } catch let error as PortError where error.code == .notFound {
                // Older than ten days, or never there: absent from the answer.
                continue
            }
        }
        return found
    }

    private static func activity(in answer: ServiceAnswer) throws -> ActivityDocument {
        guard let activity = try answer.decode({ try ActivityDocument.read(&$0) }) else {
            throw JSONReader.Malformed(offset: 0)
        }
        return activity
    }

    /// What the service would cut off, ignore or refuse as a whole is not sent.
    private static func check(_ count: Int, in range: ClosedRange<Int>, _ what: String, _ operation: String) throws {
        guard range.contains(count) else {
            let detail = "one request takes \(range.lowerBound) to \(range.upperBound) \(what), not \(count)"
            throw PortError(.refused, operation: operation, detail: detail)
        }
    }
}
