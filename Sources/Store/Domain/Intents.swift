import Reconciliation

/// A write, stored before it is a call; kept as history after its answer.
package struct Intent: Sendable, Hashable {
    /// Who moves an intent and how a crash leaves it.
    package enum State: String, Sendable, Hashable {
        /// Committed; the call may or may not have gone out. After a crash it is read back.
        case open
        /// The provider accepted a bulk change and works on it: its activity is polled.
        case running
        /// The bulk change has ended; its rows are read back to learn ids and what was refused.
        case confirming
        /// Answered and taken over.
        case done
        /// Refused, or given up after reading back; its addresses were decided again.
        case failed
    }

    package var id: Int64
    package var account: AccountID
    /// What kind of write, from a bounded set of words.
    package var kind: String
    package var lane: Int
    /// What is common to all rows, as JSON.
    package var payload: String
    package var state: State
    /// The provider's id of the bulk activity.
    package var activity: String?
    package var createdAt: Timestamp
    package var checkedAt: Timestamp?
    package var endedAt: Timestamp?
    package var result: String?
}

/// One row of an intent.
package struct IntentRow: Sendable, Hashable {
    /// The address that the row is about; empty for rows that are about none.
    package var address: String
    /// The record, member or contact that is written, such as `person 4711`.
    package var subject: String
    /// What is written and the after-image that is expected, as JSON.
    package var payload: String

    package init(address: String, subject: String, payload: String) {
        self.address = address
        self.subject = subject
        self.payload = payload
    }
}

/// The intents.
package enum Intents {
    /// Stores a write before it is a call.
    ///
    /// - Parameter awaitsEcho: whether what is written will be read back as a row of its own.
    package static func insert(
        account: AccountID,
        kind: String,
        lane: Int,
        payload: String,
        rows: [IntentRow],
        awaitsEcho: Bool = true,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Int64 {
        try connection.execute(
            """
            INSERT INTO intent (account, kind, lane, payload, state, created_at)
            VALUES (\(account.rawValue), \(kind), \(lane), \(payload), 'open', \(moment.milliseconds))
            """
        )
        let id = connection.lastInsertedID
        for (position, row) in rows.enumerated() {
            try connection.execute(
                """
                INSERT INTO intent_row (intent, position, address, subject, payload, is_open, awaits_echo)
                VALUES (\(id), \(position), \(row.address), \(row.subject), \(row.payload), 1, \(awaitsEcho))
                """
            )
        }
        return id
    }

    /// The intents of an account in the given states, oldest first.
    package static func underWay(
        account: AccountID,
        states: [Intent.State],
        in connection: any SQLConnection
    ) throws -> [Intent] {
        let texts = states.map(\.rawValue)
        return try connection.rows(
            """
            SELECT \(raw: columns) FROM intent
            WHERE account = \(account.rawValue) AND state IN \(list: texts)
                AND state IN ('open', 'running', 'confirming')
            ORDER BY id
            """,
            intent
        )
    }

    /// Whether one of these bulk changes is under way at an account, or may be: one that is being handed over has no id
    /// yet.
    package static func mayBeUnderWay(
        activities: [String],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Bool {
        if activities.isEmpty { return false }
        return try connection.first(
            """
            SELECT 1 FROM intent
            WHERE account = \(account.rawValue) AND state IN ('open', 'running')
                AND (state = 'open' OR activity IN \(list: activities))
            LIMIT 1
            """
        ) { _ in true } ?? false
    }

    /// One intent.
    package static func find(_ id: Int64, in connection: any SQLConnection) throws -> Intent? {
        try connection.first("SELECT \(raw: columns) FROM intent WHERE id = \(id)", intent)
    }

    /// The rows of an intent, in their order.
    package static func rows(of id: Int64, in connection: any SQLConnection) throws -> [IntentRow] {
        try connection.rows(
            "SELECT address, subject, payload FROM intent_row WHERE intent = \(id) ORDER BY position"
        ) { IntentRow(address: $0.text(0), subject: $0.text(1), payload: $0.text(2)) }
    }

    /// Replaces the payload of an intent under way.
    package static func setPayload(
        _ id: Int64,
        payload: String,
        in connection: any SQLConnection
    ) throws {
        try connection.execute("UPDATE intent SET payload = \(payload) WHERE id = \(id)")
    }

    /// Replaces the payload of the only row of an open intent.
    ///
    /// - Returns: whether the intent was open; when not, its write must not go out.
    package static func setRowPayloadIfOpen(
        _ id: Int64,
        payload: String,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE intent_row SET payload = \(payload)
            WHERE intent = \(id) AND is_open = 1 AND EXISTS (SELECT 1 FROM intent WHERE id = \(id) AND state = 'open')
            """
        )
        return connection.changedRows == 1
    }

    /// Lets addresses that waited for an intent be decided at once.
    package static func releaseWaiting(_ id: Int64, at moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE dirty SET not_before = min(not_before, \(moment.milliseconds))
            WHERE account = (SELECT account FROM intent WHERE id = \(id))
                AND address IN (SELECT address FROM intent_row WHERE intent = \(id))
            """
        )
    }

    /// The provider accepted the bulk change.
    package static func setRunningIfOpen(
        _ id: Int64,
        activity: String,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE intent SET state = 'running', activity = \(activity) WHERE id = \(id) AND state = 'open'"
        )
    }

    /// The provider accepted the repetition of a bulk change whose outcome was unknown: it has its time from now on.
    package static func setRunning(
        _ id: Int64,
        activity: String,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE intent SET state = 'running', activity = \(activity), checked_at = \(moment.milliseconds)
            WHERE id = \(id) AND state = 'confirming'
            """
        )
    }

    /// The bulk change ended; its rows are to be read back.
    package static func setConfirming(_ id: Int64, at moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE intent SET state = 'confirming', checked_at = \(moment.milliseconds)
            WHERE id = \(id) AND state IN ('open', 'running', 'confirming')
            """
        )
    }

    /// Keeps what a service answered to the row of a subject, for whoever asks later what was written.
    ///
    /// - Parameter answer: JSON, such as the lock version that the CRM returned.
    package static func noteAnswer(
        _ answer: String,
        to subject: String,
        of id: Int64,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE intent_row SET answer = \(answer) WHERE intent = \(id) AND subject = \(subject)"
        )
    }

    /// Ends an intent and frees its addresses.
    ///
    /// - Parameter mayHaveEffect: whether what was written can still be read back; when not, no echo is awaited.
    package static func end(
        _ id: Int64,
        as state: Intent.State,
        result: String?,
        mayHaveEffect: Bool = true,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE intent SET state = \(state.rawValue), result = \(result), ended_at = \(moment.milliseconds)
            WHERE id = \(id) AND state IN ('open', 'running', 'confirming')
            """
        )
        try connection.execute("UPDATE intent_row SET is_open = 0 WHERE intent = \(id) AND is_open = 1")
        if !mayHaveEffect { try awaitNoEcho(of: id, in: connection) }
    }

    /// Those of the addresses that a bulk change carried which has ended since a moment.
    package static func carried(
        among addresses: [Address],
        endedAfter moment: Timestamp,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        var found: Set<Address> = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT DISTINCT r.address FROM intent_row r JOIN intent i ON i.id = r.intent
                WHERE r.address IN \(list: texts) AND i.account = \(account.rawValue)
                    AND i.kind IN ('upsert', 'remove') AND i.ended_at > \(moment.milliseconds)
                """
            ) { found.insert(Address(compared: $0.text(0))) }
        }
        return found
    }

    /// Which of the addresses an account has a bulk change under way for.
    package static func inFlight(
        among addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        var found: Set<Address> = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT r.address FROM intent_row r JOIN intent i ON i.id = r.intent
                WHERE r.is_open = 1 AND r.address IN \(list: texts) AND i.account = \(account.rawValue)
                """
            ) { found.insert(Address(compared: $0.text(0))) }
        }
        return found
    }

    /// Every write that is about an address, newest first, for `why`.
    package static func history(
        of address: Address,
        limit: Int,
        in connection: any SQLConnection
    ) throws -> [(intent: Intent, row: IntentRow)] {
        try connection.rows(
            """
            SELECT \(raw: prefixedColumns), r.address, r.subject, r.payload
            FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE (r.intent, r.position) IN (\(rows(about: address))) ORDER BY i.id DESC LIMIT \(limit)
            """
        ) { (try intent($0), IntentRow(address: $0.text(11), subject: $0.text(12), payload: $0.text(13))) }
    }

    private static let columns =
        "id, account, kind, lane, payload, state, activity, created_at, checked_at, ended_at, result"
    private static let prefixedColumns = """
        i.id, i.account, i.kind, i.lane, i.payload, i.state, i.activity, i.created_at, i.checked_at, i.ended_at,
        i.result
        """

    private static func intent(_ row: SQLRow) throws -> Intent {
        guard let state = Intent.State(rawValue: row.text(5)) else {
            throw DomainError.unreadableRow(table: "intent", key: String(row.int(0)))
        }
        return Intent(
            id: row.int(0),
            account: AccountID(row.text(1)),
            kind: row.text(2),
            lane: Int(row.int(3)),
            payload: row.text(4),
            state: state,
            activity: row.optionalText(6),
            createdAt: Timestamp(milliseconds: row.int(7)),
            checkedAt: row.optionalInt(8).map(Timestamp.init(milliseconds:)),
            endedAt: row.optionalInt(9).map(Timestamp.init(milliseconds:)),
            result: row.optionalText(10)
        )
    }
}
