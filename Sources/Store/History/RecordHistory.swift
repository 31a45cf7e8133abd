import Reconciliation

/// What the CRM's records were.
package enum RecordHistory {
    /// Keeps what a record is before it becomes another, if anything that is told changes.
    static func keep(before next: RecordMirror, at moment: Timestamp, in connection: any SQLConnection) throws {
        let record = next.record
        try keep(
            record.id,
            ifChanged: """
                is_deleted <> \(record.isDeleted) OR first_name <> \(record.firstName)
                OR last_name <> \(record.lastName) OR main_email <> \(record.mainEmail)
                OR other_emails <> \(try StoredJSON.text(list: record.otherEmails))
                OR is_opted_out <> \(record.isOptedOut) OR is_undeliverable <> \(record.isUndeliverable)
                OR flag_is_ours <> \(next.flagIsOurs) OR disputed_after IS NOT \(next.disputedAfter)
                """,
            at: moment,
            in: connection
        )
    }

    /// Keeps addresses that a record gives up, so that it is found by them at the moments at which it had them.
    static func keep(_ addresses: [Address], of id: RecordID, in connection: any SQLConnection) throws {
        for address in addresses {
            try connection.execute(
                """
                INSERT INTO record_history_address (address, kind, id)
                VALUES (\(address), \(id.kind.rawValue), \(id.id)) ON CONFLICT DO NOTHING
                """
            )
        }
    }

    /// Keeps what a record is, where a condition on its row says that it is about to change.
    ///
    /// Moments are taken before the transaction, so that one may be stored after a later one: it counts as part of that.
    static func keep(
        _ id: RecordID,
        ifChanged condition: SQL,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO record_history (until, \(raw: columns))
            SELECT \(moment), \(raw: columns) FROM crm_record
            WHERE kind = \(id.kind.rawValue) AND id = \(id.id)
                AND (known_since IS NULL OR known_since < \(moment)) AND (\(condition))
                AND NOT EXISTS (
                    SELECT 1 FROM record_history h
                    WHERE h.kind = crm_record.kind AND h.id = crm_record.id AND h.until >= \(moment))
            """
        )
    }

    /// Every record that had an address at a moment, and whether as its main one; in the order of `RecordMirrors.having`.
    package static func having(
        _ address: Address,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [(isMain: Bool, past: Past<RecordMirror>)] {
        let ids = try connection.rows(
            """
            SELECT kind, id FROM record_address WHERE address = \(address)
            UNION SELECT kind, id FROM record_history_address WHERE address = \(address)
            ORDER BY kind DESC, id
            """
        ) { RecordID($0.text(0) == "person" ? .person : .lead, $0.int(1)) }
        let past = try load(ids, at: moment, in: connection)
        return ids.compactMap { id in
            guard let row = past[id], !row.value.record.isDeleted else { return nil }
            let addresses = row.value.record.addresses
            guard addresses.contains(address) else { return nil }
            return (addresses.first == address && row.value.record.mainAddress == address, row)
        }
    }

    /// The records as they were at a moment; one that was not known then is absent.
    package static func load(
        _ ids: [RecordID],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [RecordID: Past<RecordMirror>] {
        let start = try History.start(in: connection)
        var found: [RecordID: Past<RecordMirror>] = [:]
        for (id, mirror) in try RecordMirrors.load(ids, in: connection) {
            let key: SQL = "kind = \(id.kind.rawValue) AND id = \(id.id)"
            let since = try connection.value("SELECT known_since FROM crm_record WHERE \(key)")
                .map(Timestamp.init(milliseconds:))
            guard let isFromBefore = History.isFromBefore(knownSince: since, at: moment, start: start) else { continue }
            let then = try connection.first(
                """
                SELECT \(raw: columns) FROM record_history WHERE \(key) AND until > \(moment) ORDER BY until LIMIT 1
                """
            ) { try overlay($0, on: mirror) }
            found[id] = Past(then ?? mirror, isFromBefore: isFromBefore)
        }
        return found
    }

    private static let columns = """
        kind, id, is_deleted, first_name, last_name, main_email, other_emails, is_opted_out, is_undeliverable,
        flag_is_ours, disputed_after
        """

    private static func overlay(_ row: SQLRow, on present: RecordMirror) throws -> RecordMirror {
        var mirror = present
        mirror.record.isDeleted = row.bool(2)
        mirror.record.firstName = row.text(3)
        mirror.record.lastName = row.text(4)
        mirror.record.mainEmail = row.text(5)
        mirror.record.otherEmails = try StoredJSON.list(row.text(6))
        mirror.record.isOptedOut = row.bool(7)
        mirror.record.isUndeliverable = row.bool(8)
        mirror.flagIsOurs = row.bool(9)
        mirror.disputedAfter = row.optionalInt(10)
        return mirror
    }
}
