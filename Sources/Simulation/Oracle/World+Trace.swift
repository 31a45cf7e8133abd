import Store

extension World {
    /// What the file has, for who has to find out what went wrong: the ledger, and what was written where.
    func traceFile() throws {
        trace += try database.look { connection in
            try connection.rows(
                """
                SELECT sequence, address, kind, author, source, position, rule, through, received_at FROM consent_event
                ORDER BY sequence
                """
            ) { row in
                let position = row.optionalInt(5).map { $0 > Self.epoch ? ($0 - Self.epoch) / 1000 : $0 }
                return "  ledger \(row.int(0)), \(Self.seconds(row.int(8)))s: \(row.text(1)) \(row.text(2)) by "
                    + "\(row.text(3)) at \(row.text(4)) \(position.map(String.init) ?? "unplaced"), \(row.text(6)) "
                    + "through \(row.text(7))"
            }
        }
        trace += try database.look { connection in
            try connection.rows(
                """
                SELECT i.id, i.created_at, i.kind, i.account, i.state, i.result, r.address, r.subject, i.payload
                FROM intent i JOIN intent_row r ON r.intent = i.id ORDER BY i.id, r.position
                """
            ) { row in
                "  intent \(row.int(0)), \(Self.seconds(row.int(1)))s: \(row.text(2)) at \(row.text(3)), \(row.text(4)) "
                    + "(\(row.optionalText(5) ?? "")): \(row.text(6)) \(row.text(7)) \(row.text(8))"
            }
        }
    }

    /// The virtual clock's first moment, in milliseconds.
    private static let epoch: Int64 = 1_800_000_000_000

    private static func seconds(_ milliseconds: Int64) -> Int64 { (milliseconds - epoch) / 1000 }
}
