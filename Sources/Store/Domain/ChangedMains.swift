import Reconciliation

/// Main addresses that records have given up for other ones, as far as an account still has contacts of the old ones on
/// lists that Causeway put them on.
package enum ChangedMains {
    /// One record's change.
    package struct Row: Sendable, Hashable {
        package var record: RecordID
        package var old: Address
        package var new: Address
    }

    /// The changes that one of the addresses is part of.
    ///
    /// Of a record that has changed its address more than once, the latest that left a contact behind counts; an address
    /// that more than one record has given up is nobody's in particular, and in none.
    package static func of(
        _ addresses: [Address],
        accounts: [AccountID],
        in connection: any SQLConnection
    ) throws -> [Row] {
        if addresses.isEmpty || accounts.isEmpty { return [] }
        let texts = addresses.map(\.text)
        let names = accounts.map(\.rawValue)
        var latest: [RecordID: (row: Row, until: Int64)] = [:]
        try connection.forEach(
            """
            SELECT f.kind, f.id, f.address, a.address, f.until FROM former_address f
            JOIN record_address a ON a.kind = f.kind AND a.id = f.id AND a.is_main = 1 AND a.address <> f.address
            WHERE (f.kind, f.id) IN (
                SELECT kind, id FROM former_address WHERE address IN \(list: texts)
                UNION SELECT kind, id FROM record_address WHERE address IN \(list: texts) AND is_main = 1)
            AND EXISTS (
                SELECT 1 FROM contact c JOIN contact_list l ON l.account = c.account AND l.contact = c.id
                WHERE c.account IN \(list: names) AND c.address = f.address AND c.is_deleted = 0 AND l.is_ours = 1)
            ORDER BY f.kind, f.id, f.address
            """
        ) { row in
            guard let kind = RecordKind(rawValue: row.text(0)) else {
                throw DomainError.unreadableRow(table: "former_address", key: row.text(2))
            }
            let record = RecordID(kind, row.int(1))
            if let other = latest[record], other.until >= row.int(4) { return }
            let old = Address(compared: row.text(2))
            latest[record] = (Row(record: record, old: old, new: Address(compared: row.text(3))), row.int(4))
        }
        return try latest.values.map(\.row).sorted { $0.record < $1.record }.filter { row in
            try wasGivenUpOnce(row.old, in: connection)
        }
    }

    private static func wasGivenUpOnce(_ address: Address, in connection: any SQLConnection) throws -> Bool {
        try connection.value(
            """
            SELECT count(*) FROM former_address f JOIN crm_record r ON r.kind = f.kind AND r.id = f.id
            WHERE f.address = \(address.text) AND r.is_deleted = 0
            """
        ) == 1
    }
}
