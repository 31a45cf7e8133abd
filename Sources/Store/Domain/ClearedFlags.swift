import Reconciliation

/// The flags that went in the CRM, by whoever's doing but Causeway's, so that many within an hour are told from an
/// operator's acts (C12).
package enum ClearedFlags {
    /// A flag that went.
    package struct Row: Sendable, Hashable {
        package var record: RecordID
        /// Whether it was taken for one that no operator cleared; otherwise for an operator's act (C5, C6).
        package var isDisputed: Bool
    }

    /// Notes that a record's flag went.
    package static func note(
        _ id: RecordID,
        isDisputed: Bool,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO cleared_flag (kind, id, at, is_disputed)
            VALUES (\(id.kind.rawValue), \(id.id), \(moment.milliseconds), \(isDisputed))
            """
        )
    }

    /// The flags that went since a moment, in order.
    package static func since(_ moment: Timestamp, in connection: any SQLConnection) throws -> [Row] {
        try connection.rows(
            "SELECT kind, id, is_disputed FROM cleared_flag WHERE at >= \(moment.milliseconds) ORDER BY at, rowid"
        ) { Row(record: RecordID($0.text(0) == "person" ? .person : .lead, $0.int(1)), isDisputed: $0.bool(2)) }
    }

    /// What was taken for operators' acts since a moment is so no longer.
    package static func dispute(since moment: Timestamp, in connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE cleared_flag SET is_disputed = 1 WHERE at >= \(moment.milliseconds) AND is_disputed = 0"
        )
    }
}
