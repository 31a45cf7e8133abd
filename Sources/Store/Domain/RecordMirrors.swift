import Reconciliation

/// The mirror of the CRM's Persons and Leads: written only from what was read or answered.
package enum RecordMirrors {
    /// The mirror's rows of the given records; one that is not known is absent.
    package static func load(_ ids: [RecordID], in connection: any SQLConnection) throws -> [RecordID: RecordMirror] {
        var found: [RecordID: RecordMirror] = [:]
        for kind in RecordKind.allCases {
            let numbers = ids.filter { $0.kind == kind }.map(\.id)
            for chunk in numbers.chunks(of: 500) {
                try connection.forEach(
                    "SELECT \(raw: columns) FROM crm_record WHERE kind = \(kind.rawValue) AND id IN \(list: chunk)"
                ) { row in
                    let mirror = try mirror(row, from: 0)
                    found[mirror.record.id] = mirror
                }
            }
        }
        return found
    }

    /// Every record that has one of the addresses, with the address and whether it is the main one.
    package static func having(
        _ addresses: [Address],
        in connection: any SQLConnection
    ) throws -> [(address: Address, isMain: Bool, mirror: RecordMirror)] {
        var found: [(address: Address, isMain: Bool, mirror: RecordMirror)] = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT a.address, a.is_main, \(raw: prefixedColumns) FROM record_address a
                JOIN crm_record r ON r.kind = a.kind AND r.id = a.id
                WHERE a.address IN \(list: texts) ORDER BY a.address, a.kind DESC, a.id
                """
            ) { row in
                found.append((Address(compared: row.text(0)), row.bool(1), try mirror(row, from: 2)))
            }
        }
        return found
    }

    /// Stores a record as it is now, with its addresses, and keeps what it was.
    ///
    /// - Parameters:
    ///   - mirror: the record as it is now.
    ///   - formerMain: the main address that it had before, when it changed, to be remembered until `moment`.
    ///   - moment: when it was read.
    ///   - connection: the connection.
    package static func save(
        _ mirror: RecordMirror,
        formerMain: Address? = nil,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let record = mirror.record
        try RecordHistory.keep(before: mirror, at: moment, in: connection)
        try connection.execute(
            """
            INSERT INTO crm_record (kind, id, lock_version, updated_at, updated_by, is_deleted, first_name, last_name,
                main_email, other_emails, is_opted_out, is_undeliverable, fields, flag_is_ours, mark_is_ours,
                disputed_after, dispute_rule, last_main, known_since)
            VALUES (\(record.id.kind.rawValue), \(record.id.id), \(record.lockVersion), \(record.updatedAt.milliseconds),
                \(record.updatedBy), \(record.isDeleted), \(record.firstName), \(record.lastName), \(record.mainEmail),
                \(try StoredJSON.text(list: record.otherEmails)), \(record.isOptedOut), \(record.isUndeliverable),
                \(try StoredJSON.text(fields: record.fields)), \(mirror.flagIsOurs), \(mirror.markIsOurs),
                \(mirror.disputedAfter), \(mirror.disputeRule?.rawValue), \(mirror.lastMain?.text), \(moment))
            ON CONFLICT (kind, id) DO UPDATE SET
                lock_version = excluded.lock_version, updated_at = excluded.updated_at,
                updated_by = excluded.updated_by, is_deleted = excluded.is_deleted,
                first_name = excluded.first_name, last_name = excluded.last_name,
                main_email = excluded.main_email, other_emails = excluded.other_emails,
                is_opted_out = excluded.is_opted_out, is_undeliverable = excluded.is_undeliverable,
                fields = excluded.fields, flag_is_ours = excluded.flag_is_ours,
                mark_is_ours = excluded.mark_is_ours, disputed_after = excluded.disputed_after,
                dispute_rule = excluded.dispute_rule, last_main = excluded.last_main
            """
        )
        let kind = record.id.kind.rawValue
        try saveAddresses(of: record, in: connection)
        if let formerMain {
            try connection.execute(
                """
                INSERT INTO former_address (address, kind, id, until)
                VALUES (\(formerMain.text), \(kind), \(record.id.id), \(moment.milliseconds))
                ON CONFLICT (address, kind, id) DO UPDATE SET until = excluded.until
                """
            )
        }
    }

    private static func saveAddresses(of record: CRMRecord, in connection: any SQLConnection) throws {
        let (kind, id) = (record.id.kind.rawValue, record.id.id)
        var wanted: [Address: Bool] = [:]
        for (index, address) in (record.isDeleted ? [] : record.addresses).enumerated() {
            wanted[address] = index == 0 && record.mainAddress == address
        }
        var present: [Address: Bool] = [:]
        try connection.forEach("SELECT address, is_main FROM record_address WHERE kind = \(kind) AND id = \(id)") {
            present[Address(compared: $0.text(0))] = $0.bool(1)
        }
        if present == wanted { return }
        if !present.isEmpty {
            let dropped = present.keys.filter { wanted[$0] == nil }.sorted()
            try RecordHistory.keep(dropped, of: record.id, in: connection)
            try connection.execute("DELETE FROM record_address WHERE kind = \(kind) AND id = \(id)")
        }
        for (address, isMain) in wanted.sorted(by: { $0.key < $1.key }) {
            try connection.execute(
                "INSERT INTO record_address (address, kind, id, is_main) VALUES (\(address), \(kind), \(id), \(isMain))"
            )
        }
    }

    /// Takes over what a write's answer said about the flag, unless a later version has been read meanwhile.
    package static func flagWritten(
        _ id: RecordID,
        isOptedOut: Bool,
        isOurs: Bool,
        lockVersion: Int64,
        updatedAt: Timestamp?,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try RecordHistory.keep(
            id,
            ifChanged: """
                lock_version <= \(lockVersion) AND (is_opted_out <> \(isOptedOut) OR flag_is_ours <> \(isOurs)
                    OR disputed_after IS NOT NULL)
                """,
            at: moment,
            in: connection
        )
        try connection.execute(
            """
            UPDATE crm_record SET is_opted_out = \(isOptedOut), flag_is_ours = \(isOurs), lock_version = \(lockVersion),
                updated_at = ifnull(\(updatedAt?.milliseconds), updated_at), disputed_after = NULL, dispute_rule = NULL
            WHERE kind = \(id.kind.rawValue) AND id = \(id.id) AND lock_version <= \(lockVersion)
            """
        )
    }

    /// Takes over what a write's answer said about the undeliverable mark, unless a later version has been read
    /// meanwhile.
    package static func markWritten(
        _ id: RecordID,
        isUndeliverable: Bool,
        isOurs: Bool,
        lockVersion: Int64,
        updatedAt: Timestamp?,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try RecordHistory.keep(
            id,
            ifChanged: "lock_version <= \(lockVersion) AND is_undeliverable <> \(isUndeliverable)",
            at: moment,
            in: connection
        )
        try connection.execute(
            """
            UPDATE crm_record SET is_undeliverable = \(isUndeliverable), mark_is_ours = \(isOurs),
                lock_version = \(lockVersion), updated_at = ifnull(\(updatedAt?.milliseconds), updated_at)
            WHERE kind = \(id.kind.rawValue) AND id = \(id.id) AND lock_version <= \(lockVersion)
            """
        )
    }

    /// The records that had the address as their main one and gave it up after a moment.
    package static func formerly(
        having address: Address,
        since moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [RecordID] {
        try connection.rows(
            "SELECT kind, id FROM former_address WHERE address = \(address.text) AND until >= \(moment.milliseconds)"
        ) { row in
            RecordID(row.text(0) == "person" ? .person : .lead, row.int(1))
        }
    }

    static let columns = """
        kind, id, lock_version, updated_at, updated_by, is_deleted, first_name, last_name, main_email, other_emails,
        is_opted_out, is_undeliverable, fields, flag_is_ours, mark_is_ours, disputed_after, dispute_rule, last_main
        """
    static let prefixedColumns = """
        r.kind, r.id, r.lock_version, r.updated_at, r.updated_by, r.is_deleted, r.first_name, r.last_name,
        r.main_email, r.other_emails, r.is_opted_out, r.is_undeliverable, r.fields, r.flag_is_ours, r.mark_is_ours,
        r.disputed_after, r.dispute_rule, r.last_main
        """

    static func mirror(_ row: SQLRow, from start: Int) throws -> RecordMirror {
        guard let kind = RecordKind(rawValue: row.text(start)) else {
            throw DomainError.unreadableRow(table: "crm_record", key: String(row.int(start + 1)))
        }
        return RecordMirror(
            record: CRMRecord(
                id: RecordID(kind, row.int(start + 1)),
                lockVersion: row.int(start + 2),
                updatedAt: Timestamp(milliseconds: row.int(start + 3)),
                updatedBy: row.optionalInt(start + 4),
                isDeleted: row.bool(start + 5),
                firstName: row.text(start + 6),
                lastName: row.text(start + 7),
                mainEmail: row.text(start + 8),
                otherEmails: try StoredJSON.list(row.text(start + 9)),
                isOptedOut: row.bool(start + 10),
                isUndeliverable: row.bool(start + 11),
                fields: try StoredJSON.fields(row.text(start + 12))
            ),
            flagIsOurs: row.bool(start + 13),
            markIsOurs: row.bool(start + 14),
            disputedAfter: row.optionalInt(start + 15),
            disputeRule: row.optionalText(start + 16).flatMap(ConsentRule.init(rawValue:)),
            lastMain: row.optionalText(start + 17).map { Address(compared: $0) }
        )
    }
}
