import Reconciliation

/// The records of the mirror that were asked for by their ids and not answered: gone for good, hidden or merged away.
///
/// No change in the CRM says which, nor that one can be read again; so they are asked for again, more seldom the longer
/// they are away.
package enum UnansweredRecords {
    /// Notes that records were asked for and not answered.
    package static func note(_ ids: [RecordID], at moment: Timestamp, in connection: any SQLConnection) throws {
        for id in ids {
            try connection.execute(
                """
                INSERT INTO unanswered_record (kind, id, since, asked_at)
                VALUES (\(id.kind.rawValue), \(id.id), \(moment.milliseconds), \(moment.milliseconds))
                ON CONFLICT (kind, id) DO UPDATE SET asked_at = excluded.asked_at
                """
            )
        }
    }

    /// All of them, or those that are to be asked for again: after an hour, and after a quarter of the time that they were
    /// away.
    ///
    /// - Parameter moment: the time now; nil for all.
    package static func all(dueAt moment: Timestamp?, in connection: any SQLConnection) throws -> [RecordID] {
        let filter: SQL =
            moment.map { "WHERE asked_at + max(3600000, (asked_at - since) / 4) <= \($0.milliseconds)" } ?? ""
        return try connection.rows("SELECT kind, id FROM unanswered_record \(filter) ORDER BY kind, id") {
            RecordID($0.text(0) == "person" ? .person : .lead, $0.int(1))
        }
    }

    /// Takes out what was read again.
    ///
    /// - Returns: those of the records that were among them.
    package static func remove(_ ids: [RecordID], in connection: any SQLConnection) throws -> [RecordID] {
        // Mostly there is none, and every page of changes comes by here.
        guard try connection.value("SELECT 1 FROM unanswered_record LIMIT 1") != nil else { return [] }
        return try ids.filter { id in
            try connection.execute(
                "DELETE FROM unanswered_record WHERE kind = \(id.kind.rawValue) AND id = \(id.id)"
            )
            return connection.changedRows == 1
        }
    }
}
