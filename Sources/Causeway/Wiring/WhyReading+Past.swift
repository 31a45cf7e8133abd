import Reconciliation
import Store

extension WhyReading {
    /// What is known of a moment past: the ledger whole, the writes whole, and of what was read what has not changed
    /// since.
    static func read(
        _ address: Address,
        calledBy typed: Address,
        past moment: Timestamp,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> WhyReading {
        let rows = try Ledger.events(of: address, in: connection).filter { $0.event.receivedAt <= moment }
        let standing = Reconciliation.Standing(ledger: rows.map { ($0.sequence, $0.event) })
        let having = try RecordMirrors.having([address], in: connection)
        let written = try subjects(writtenAfter: moment, for: address, in: connection)
        func isUnchanged(_ mirror: RecordMirror) -> Bool {
            mirror.record.updatedAt <= moment && !written.contains(mirror.record.id.description)
        }
        let unchanged = having.filter { isUnchanged($0.mirror) }
        let changed = having.map(\.mirror).filter { !isUnchanged($0) }.map(\.record.id)
        let writes = try WhyWrite.all(of: address, until: moment, in: connection)
        let live = unchanged.map(\.mirror).filter { !$0.record.isDeleted }
        let disputed = Set(
            try live.filter { try isDisputed($0, at: moment, in: connection) }.map(\.record.id)
        )
        let twins = try WhyTwin.all(of: address, in: connection).filter { $0.since <= moment.text }
        let said = try twins.map { twin in
            let rows = try Ledger.events(of: Address(compared: twin.address), in: connection)
                .filter { $0.event.receivedAt <= moment }
            return (twin.address, Reconciliation.Standing(ledger: rows.map { ($0.sequence, $0.event) }))
        }
        let state: State =
            if standing.isOptedOut || said.contains(where: { $0.1.isOptedOut }) {
                .optedOut
            } else if !disputed.isEmpty {
                .disputed
            } else if live.contains(where: \.record.isOptedOut) {
                .flagged
            } else if isUndeliverable(rows) {
                .undeliverable
            } else {
                rows.isEmpty && unchanged.isEmpty && writes.isEmpty ? .unknown : .mailable
            }
        return WhyReading(
            address: typed.text,
            at: moment.text,
            state: state,
            standing: Self.standing(standing, of: typed.text)
                + said.flatMap { Self.standing($0.1, of: $0.0) },
            twins: twins,
            records: unchanged.map {
                Record($0.mirror, isMain: $0.isMain, isDisputed: disputed.contains($0.mirror.record.id))
            },
            memberships: try WhyMembership.all(
                of: having.filter(\.isMain).map(\.mirror.record.id),
                unchangedSince: moment,
                in: connection
            ).filter { !written.contains("member \($0.member)") },
            events: try rows.map { try WhyEvent($0, keys: keys, in: connection) },
            contacts: [],
            parked: try Parked.all(in: connection).filter { $0.address == address.text && $0.since <= moment }
                .map { ParkedJSON($0) },
            holds: try HoldJSON.all(
                of: [address] + twins.map { Address(compared: $0.address) },
                until: moment,
                in: connection
            ),
            pending: writes.filter(\.isPending).map { write in
                WhyPending(
                    account: write.account,
                    kind: write.kind,
                    state: "open",
                    subject: write.subject,
                    since: write.decided,
                    lane: write.lane
                )
            },
            writes: writes,
            notKept: notKept(changed: changed)
        )
    }

    /// Whether the clearing of a record's flag was in dispute at a moment, of a record that has not changed since.
    private static func isDisputed(
        _ mirror: RecordMirror,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Bool {
        guard let after = mirror.disputedAfter, !mirror.record.isOptedOut else { return false }
        var isOptedOut = false
        for address in mirror.record.addresses {
            let rows = try Ledger.events(of: address, in: connection).filter { $0.event.receivedAt <= moment }
            let standing = Reconciliation.Standing(ledger: rows.map { ($0.sequence, $0.event) })
            if standing.isOptedOut { isOptedOut = true }
            // A later opt-out ends the dispute.
            if rows.contains(where: {
                $0.sequence > after && $0.event.kind == .optOut && standing.stands($0.event.source)
            }) {
                return false
            }
        }
        return isOptedOut
    }

    /// The records and members that Causeway itself has written after a moment.
    private static func subjects(
        writtenAfter moment: Timestamp,
        for address: Address,
        in connection: any SQLConnection
    ) throws -> Set<String> {
        Set(
            try connection.rows(
                """
                SELECT r.subject FROM intent_row r JOIN intent i ON i.id = r.intent
                WHERE (r.intent, r.position) IN (\(Intents.rows(about: address)))
                    AND i.kind IN ('crm-write', 'member-status') AND i.ended_at > \(moment.milliseconds)
                """
            ) { $0.text(0) }
        )
    }

    private static func isUndeliverable(_ rows: [Ledger.Row]) -> Bool {
        rows.last { $0.event.kind == .undeliverable || $0.event.kind == .deliverable }?.event.kind == .undeliverable
    }

    private static func notKept(changed: [RecordID]) -> [String] {
        changed.map { "\($0) was changed since; how it stood then is not kept, but the events and writes are" } + [
            "memberships that were changed or removed since",
            "what each provider held then: only what the events and the writes say of it",
            "parked rows that are gone, and what waited to be decided then",
        ]
    }
}

/// A write to either side that the address was part of.
struct WhyWrite: Sendable, Encodable {
    var account: String
    var kind: String
    var subject: String
    var decided: String
    var ended: String?
    /// `open`, `running`, `confirming`, `done` or `failed`; at a moment past `open` for one that had not ended then.
    var state: String
    /// What the service answered to it, such as the lock version, as JSON.
    var answer: String?
    var result: String?
    var lane: Int64
    var isPending: Bool

    /// The writes that were decided until a moment, as they stood then; the newest first.
    static func all(
        of address: Address,
        until moment: Timestamp?,
        in connection: any SQLConnection
    ) throws -> [WhyWrite] {
        try connection.rows(
            """
            SELECT i.account, i.kind, r.subject, i.created_at, i.ended_at, i.state, r.answer, i.result, i.lane
            FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE (r.intent, r.position) IN (\(Intents.rows(about: address)))
                AND i.created_at <= \(moment?.milliseconds ?? .max)
            ORDER BY i.id DESC LIMIT 200
            """
        ) { row in
            let ended = row.optionalInt(4).map(Timestamp.init(milliseconds:))
            let hadEnded = ended.map { end in moment.map { end <= $0 } ?? true } ?? false
            return WhyWrite(
                account: row.text(0),
                kind: row.text(1),
                subject: row.text(2),
                decided: Timestamp(milliseconds: row.int(3)).text,
                ended: hadEnded ? ended?.text : nil,
                state: hadEnded || moment == nil ? row.text(5) : "open",
                answer: hadEnded ? row.optionalText(6) : nil,
                result: hadEnded ? row.optionalText(7) : nil,
                lane: row.int(8),
                isPending: !hadEnded
            )
        }
    }

    private enum CodingKeys: String, CodingKey {
        case account, kind, subject, decided, ended, state, answer, result
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(account, forKey: .account)
        try container.encode(kind, forKey: .kind)
        try container.encode(subject, forKey: .subject)
        try container.encode(decided, forKey: .decided)
        try container.encode(ended, forKey: .ended)
        try container.encode(state, forKey: .state)
        try container.encode(answer, forKey: .answer)
        try container.encode(result, forKey: .result)
    }
}
