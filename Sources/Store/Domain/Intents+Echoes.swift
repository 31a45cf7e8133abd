import Reconciliation

extension Intents {
    /// The writes of an account to the given subjects whose echo is awaited, newest first.
    package static func awaited(
        subjects: [String],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [String: [AwaitedWrite]] {
        var found: [String: [AwaitedWrite]] = [:]
        for chunk in subjects.chunks(of: 500) {
            try connection.forEach(
                """
                SELECT \(raw: awaitedColumns) FROM intent_row r JOIN intent i ON i.id = r.intent
                WHERE r.awaits_echo = 1 AND r.subject IN \(list: chunk) AND i.account = \(account.rawValue)
                ORDER BY r.intent DESC, r.position DESC
                """
            ) { row in
                let write = awaited(row)
                found[write.row.subject, default: []].append(write)
            }
        }
        return found
    }

    /// The writes of an account about the given addresses whose echo is awaited, newest first.
    package static func awaited(
        addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [Address: [AwaitedWrite]] {
        var found: [Address: [AwaitedWrite]] = [:]
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT \(raw: awaitedColumns) FROM intent_row r JOIN intent i ON i.id = r.intent
                WHERE r.address IN \(list: texts) AND r.awaits_echo = 1 AND i.account = \(account.rawValue)
                ORDER BY r.intent DESC, r.position DESC
                """
            ) { row in
                let write = awaited(row)
                found[Address(compared: write.row.address), default: []].append(write)
            }
        }
        return found
    }

    /// Waits for the echo of a row no longer: it was seen, or it cannot come any more.
    package static func awaitNoEcho(of write: AwaitedWrite, in connection: any SQLConnection) throws {
        try awaitNoEcho(of: write.intent, at: write.position, in: connection)
    }

    /// Waits for the echo of the row at a position no longer.
    package static func awaitNoEcho(of id: Int64, at position: Int64, in connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE intent_row SET awaits_echo = 0 WHERE intent = \(id) AND position = \(position) AND awaits_echo = 1"
        )
    }

    /// Waits for the echo of no row of an intent any longer: nothing of it was written, or nobody looks for it now.
    package static func awaitNoEcho(of id: Int64, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE intent_row SET awaits_echo = 0 WHERE intent = \(id) AND awaits_echo = 1")
    }

    /// Stores the version that an answer gave for the row at a position.
    package static func setAnswer(
        of id: Int64,
        at position: Int64,
        version: Int64,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE intent_row SET answer_version = \(version) WHERE intent = \(id) AND position = \(position)"
        )
    }

    /// Waits no longer for the echoes of an account's earlier writes about the addresses of an intent that is done:
    /// what it left hides what they left.
    ///
    /// Those that are looked for a last time are kept: they may still be working.
    package static func awaitNoEchoOfEarlier(than id: Int64, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE intent_row SET awaits_echo = 0
            WHERE awaits_echo = 1 AND +intent < \(id)
                AND address IN (SELECT address FROM intent_row WHERE intent = \(id))
                AND (SELECT e.account FROM intent e WHERE e.id = intent_row.intent AND e.look_again_at IS NULL)
                    = (SELECT l.account FROM intent l WHERE l.id = \(id))
            """
        )
    }

    /// Whether Causeway gave a contact an address at a place in its account's order, or later, or at nobody knows which.
    ///
    /// - Parameters:
    ///   - subject: the contact, as a subject of intents.
    ///   - kind: the kind of such writes.
    package static func changedAddress(
        of subject: String,
        to address: Address,
        kind: String,
        notBefore place: Int64,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.first(
            """
            SELECT 1 FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE r.address = \(address.text) AND r.subject = \(subject) AND i.account = \(account.rawValue)
                AND i.kind = \(kind) AND ifnull(r.answer_version >= \(place), TRUE)
            LIMIT 1
            """
        ) { _ in true } ?? false
    }

    /// Has an intent that was given up looked for a last time.
    package static func lookAgain(
        _ id: Int64,
        at moment: Timestamp?,
        in connection: any SQLConnection
    ) throws {
        try connection.execute("UPDATE intent SET look_again_at = \(moment?.milliseconds) WHERE id = \(id)")
    }

    /// The intents of an account that were given up and are to be looked for now.
    package static func toLookFor(
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [Intent] {
        let ids = try connection.rows(
            """
            SELECT id FROM intent
            WHERE account = \(account.rawValue) AND look_again_at IS NOT NULL AND look_again_at <= \(moment.milliseconds)
            ORDER BY id
            """
        ) { $0.int(0) }
        return try ids.compactMap { try find($0, in: connection) }
    }

    /// The rows of an intent whose echo is awaited, in their order.
    package static func awaitedRows(of id: Int64, in connection: any SQLConnection) throws -> [IntentRow] {
        try connection.rows(
            """
            SELECT address, subject, payload FROM intent_row WHERE intent = \(id) AND awaits_echo = 1
            ORDER BY position
            """
        ) { IntentRow(address: $0.text(0), subject: $0.text(1), payload: $0.text(2)) }
    }

    /// Notes on an intent why it cannot be carried on, beside whatever its state is.
    package static func note(_ result: String, on id: Int64, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE intent SET result = \(result) WHERE id = \(id)")
    }

    private static let awaitedColumns =
        "r.intent, i.kind, i.payload, r.position, r.address, r.subject, r.payload, r.answer_version"

    private static func awaited(_ row: SQLRow) -> AwaitedWrite {
        AwaitedWrite(
            intent: row.int(0),
            kind: row.text(1),
            payload: row.text(2),
            position: row.int(3),
            row: IntentRow(address: row.text(4), subject: row.text(5), payload: row.text(6)),
            answerVersion: row.optionalInt(7)
        )
    }
}
