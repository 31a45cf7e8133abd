import Bridge
import Reconciliation
import Store
import Synchronization

extension World {
    /// What the file has, for who has to find out what went wrong: the ledger, what was written where, and what waits
    /// for somebody.
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
        trace += try database.look { connection in
            try connection.rows("SELECT kind, state, address, account, raised_at FROM hold ORDER BY id") { row in
                "  hold, \(Self.seconds(row.int(4)))s: \(row.text(0)), \(row.text(1)), of \(row.text(2)) at "
                    + (row.optionalText(3) ?? "no account")
            }
        }
        trace += try database.look { connection in
            try connection.rows(
                """
                SELECT m.id, m.campaign, m.kind, m.record, s.text, m.is_deleted, r.main_email FROM crm_member m
                LEFT JOIN membership_status s ON s.id = m.status_id
                LEFT JOIN crm_record r ON r.kind = m.kind AND r.id = m.record ORDER BY m.id
                """
            ) { row in
                "  member \(row.int(0)) of campaign \(row.int(1)): \(row.optionalText(2) ?? "nobody") "
                    + "\(row.optionalInt(3).map(String.init) ?? ""), \(row.optionalText(6) ?? "no address"), "
                    + (row.optionalText(4) ?? "no status") + (row.bool(5) ? ", deleted" : "")
            }
        }
        trace += try database.look { connection in
            try connection.rows("SELECT account, list, address, at FROM departure ORDER BY at") { row in
                "  departure, \(Self.seconds(row.int(3)))s: \(row.text(2)) from \(row.text(1)) at \(row.text(0))"
            }
        }
        trace += try database.look { connection in
            try connection.rows(
                """
                SELECT c.account, c.id, c.email, c.permission, c.is_deleted, c.own_unsubscribe IS NOT NULL,
                    (SELECT group_concat(l.list || iif(l.is_ours, ' (ours)', ''), ', ') FROM contact_list l
                        WHERE l.account = c.account AND l.contact = c.id)
                FROM contact c ORDER BY c.account, c.id
                """
            ) { row in
                "  shadow of \(row.text(1)) at \(row.text(0)): \(row.text(2)), \(row.text(3))"
                    + (row.bool(4) ? ", deleted" : "") + (row.bool(5) ? ", unsubscribed by Causeway" : "")
                    + ", on \(row.optionalText(6) ?? "nothing")"
            }
        }
        for (account, provider) in providers.sorted(by: { $0.key < $1.key }) {
            let contacts = provider.state.withLock { $0.contacts.values.map(\.contact) }
            trace += contacts.sorted { $0.id < $1.id }.map { contact in
                "  \(contact.id) at \(account): \(contact.email), \(contact.permission.text)"
                    + (contact.isDeleted ? ", deleted" : "") + ", on \(contact.lists.sorted())"
            }
        }
    }

    /// The virtual clock's first moment, in milliseconds.
    private static let epoch: Int64 = 1_800_000_000_000

    private static func seconds(_ milliseconds: Int64) -> Int64 { (milliseconds - epoch) / 1000 }
}
