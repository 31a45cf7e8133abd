import Bridge
import Foundation
import NIOCore
import Reconciliation

/// Workbooks' own webhook subscriptions, one for each trigger (workbooks.md §10.1).
///
/// Managing them needs a capability that a key's user may lack (workbooks.md §10.2 item 7), and nothing else depends on
/// it: every method then throws `PortError` with `forbidden`.
///
///     let keeper = WorkbooksHookKeeper(client)
///     let sightings = try await keeper.hooks()
package struct WorkbooksHookKeeper: HookKeeper {
    private static let endpoint = "admin/triggers/webhook_subscriptions.api"
    private static let enabled = "enabled"
    /// What the triggers tell of, by their ids: new people, sales leads and marketing campaigns.
    private static let triggers: [(id: Int64, topic: String)] = [
        (1, "new-person"), (5, "new-lead"), (26, "new-campaign"),
    ]

    private let client: WorkbooksClient

    /// The subscriptions of the database that a client reaches.
    package init(_ client: WorkbooksClient) {
        self.client = client
    }

    package var plan: HookPlan {
        HookPlan(
            topics: Self.triggers.map { HookTopic(name: $0.topic, switches: [Self.enabled]) },
            hasPathSecret: false
        )
    }

    package func hooks() async throws -> [HookSighting] {
        try await subscriptions().map { row in
            HookSighting(
                id: String(row.id),
                topic: Self.triggers.first { $0.id == row.trigger }?.topic,
                url: row.callbackURL,
                switches: row.isEnabled ? [Self.enabled] : [],
                isSigned: true
            )
        }
    }

    package func create(_ wish: HookWish) async throws -> CreatedHook {
        let operation = "create a webhook subscription"
        guard let trigger = Self.triggers.first(where: { $0.topic == wish.topic.name }) else {
            throw PortError(.refused, operation: operation, detail: "there is no trigger for \(wish.topic.name)")
        }
        var values = Self.values(of: wish)
        values["name"] = "Causeway: \(wish.topic.name)"
        values["description"] = "Tells Causeway at once; made by causeway webhooks register."
        values["trigger_id"] = String(trigger.id)
        let row = WriteBatch.Row(id: 0, lockVersion: 0, values: values)
        let answer = try await write(row, operation: operation)
        // Without both there is nothing to verify deliveries with: the subscription is found and replaced.
        guard let id = answer.id, let secret = answer.secret, !secret.isEmpty else {
            throw PortError(
                .unknownOutcome,
                operation: operation,
                detail: "Workbooks answered without the subscription's id and secret_key",
                status: 200
            )
        }
        return CreatedHook(id: String(id), signingSecret: secret)
    }

    package func change(_ id: String, to wish: HookWish) async throws {
        let operation = "change a webhook subscription"
        guard let row = try await subscriptions().first(where: { String($0.id) == id }) else {
            throw PortError(.notFound, operation: operation, detail: "Workbooks has no such subscription any more")
        }
        let values = Self.values(of: wish)
        _ = try await write(
            WriteBatch.Row(id: row.id, lockVersion: row.lockVersion, values: values),
            operation: operation
        )
    }

    package func delete(_ id: String, of topic: HookTopic) async throws {
        guard let row = try await subscriptions().first(where: { String($0.id) == id }) else { return }
        var batch = WriteBatch(rows: [WriteBatch.Row(id: row.id, lockVersion: row.lockVersion, values: [:])])
        batch.deletes = true
        _ = try await send(batch, operation: "delete a webhook subscription")
    }

    private static func values(of wish: HookWish) -> [String: String] {
        ["callback_url": wish.url, enabled: wish.topic.switches.contains(enabled) ? "1" : "0"]
    }

    private func subscriptions() async throws -> [SubscriptionRow] {
        var found: [SubscriptionRow] = []
        var last: Int64 = 0
        let operation = "read webhook subscriptions"
        while true {
            var body = FormBody()
            body.add("_start", "0")
            body.add("_limit", String(ListQuery.pageSize))
            body.add("__skip_total_rows", "true")
            body.add("_sort[]", "id")
            body.add("_dir[]", "ASC")
            Filter.test("id", .greater, String(last)).add(to: &body)
            for column in SubscriptionRow.columns { body.add("_select_columns[]", column) }
            let page = try await permitted {
                try await client.rows(
                    WorkbooksCall(kind: .read, endpoint: Self.endpoint, parameters: body, operation: operation),
                    as: SubscriptionRow.self
                )
            }
            found += page
            guard page.count >= ListQuery.pageSize, let row = page.last, row.id > last else { return found }
            last = row.id
        }
    }

    private func write(_ row: WriteBatch.Row, operation: String) async throws -> SubscriptionAnswer {
        try await send(WriteBatch(rows: [row]), operation: operation)
    }

    private func send(_ batch: WriteBatch, operation: String) async throws -> SubscriptionAnswer {
        let call = WorkbooksCall(
            kind: .write,
            endpoint: Self.endpoint,
            parameters: batch.parameters,
            operation: operation
        )
        let answer = try await permitted {
            try await client.transport.perform(call) { body in
                try JSONDecoder().decode(SubscriptionAnswer.self, from: Data(body.readableBytesView))
            }
        }
        switch WriteJudgement(answer.write, to: batch.rows) {
        case .rows(let outcomes):
            switch outcomes.first {
            case .written, .unchanged: return answer
            case .stale, .none:
                throw PortError(
                    .refused,
                    operation: operation,
                    detail: "somebody changed the subscription meanwhile; run it again",
                    status: 200
                )
            case .gone(let text), .refused(let text):
                throw PortError(.refused, operation: operation, detail: "Workbooks refused: \(text)", status: 200)
            }
        case .batchRefused(let texts):
            throw PortError(.refused, operation: operation, detail: texts.joined(separator: "; "), status: 200)
        case .unclear(let why):
            throw PortError(.unknownOutcome, operation: operation, detail: "Workbooks answered \(why)", status: 200)
        }
    }

    /// Makes a call, and says plainly when it is refused because the key's user may not.
    ///
    /// A resource that is hidden answers 404 (workbooks.md §1). A 403 means that too, or that the database is away,
    /// which passes: where campaigns can be read at the same time, it is not away.
    private func permitted<Value: Sendable>(_ call: () async throws -> Value) async throws -> Value {
        do {
            return try await call()
        } catch let error as PortError where [403, 404, 405, 501].contains(error.status) {
            if error.status == 403, error.code == .unavailable {
                var probe = ListQuery(resource: .campaigns, columns: ["id"])
                probe.limit = 1
                _ = try await client.rows(probe, as: ProbeRow.self, operation: error.operation)
            }
            throw PortError(
                .forbidden,
                operation: error.operation,
                detail: "the API key's user may not manage webhook subscriptions in Workbooks; give it the capability "
                    + "to administer triggers, or do without: changes are found by asking",
                status: error.status
            )
        }
    }
}

/// A row of which nothing is needed.
private struct ProbeRow: Decodable, Sendable {}
