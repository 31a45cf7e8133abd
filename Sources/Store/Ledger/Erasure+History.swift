import Reconciliation

extension Erasure {
    /// What records were goes with what they are.
    ///
    /// Names go with the address that they were read with. Where a record had it as its main one last, they go from all
    /// that it was: they are the same person's.
    mutating func eraseRecordHistory(in connection: any SQLConnection) throws {
        let (text, standIn) = (address.text, standIn.text)
        try connection.execute(
            """
            UPDATE record_history SET first_name = '', last_name = '' WHERE (kind, id) IN (
                SELECT kind, id FROM record_address WHERE address = \(text) AND is_main = 1
                UNION SELECT kind, id FROM crm_record WHERE main_email = \(standIn))
            """
        )
        let found = try connection.rows(
            """
            SELECT kind, id, until, main_email, other_emails FROM record_history
            WHERE instr(lower(main_email), \(text)) > 0 OR instr(lower(other_emails), \(text)) > 0
            """
        ) {
            (
                kind: $0.text(0), id: $0.int(1), until: $0.int(2), main: $0.text(3),
                others: try StoredJSON.list($0.text(4))
            )
        }
        for row in found {
            let isMain = Address(typed: row.main) == address
            guard isMain || row.others.contains(where: { Address(typed: $0) == address }) else { continue }
            spellings.formUnion(([row.main] + row.others).filter { Address(typed: $0) == address })
            let main = isMain ? standIn : row.main
            let others = row.others.map { Address(typed: $0) == address ? standIn : $0 }
            try connection.execute(
                """
                UPDATE record_history SET main_email = \(main), other_emails = \(try StoredJSON.text(list: others)),
                    first_name = CASE WHEN \(isMain) THEN '' ELSE first_name END,
                    last_name = CASE WHEN \(isMain) THEN '' ELSE last_name END
                WHERE kind = \(row.kind) AND id = \(row.id) AND until = \(row.until)
                """
            )
        }
    }
}
