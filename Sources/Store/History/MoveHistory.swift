import Reconciliation

/// Contacts whose address was changed at a provider, while nobody had decided on it (C11).
enum MoveHistory {
    /// The changes on which nobody had decided at a moment and that one of the addresses was in.
    static func undecided(
        of addresses: [Address],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [MovedContacts.Row] {
        var found: Set<MovedContacts.Row> = []
        for chunk in addresses.chunks(of: 400) {
            let texts = chunk.map(\.text)
            for side in ["old", "new"] {
                found.formUnion(
                    try connection.rows(
                        """
                        SELECT \(raw: MovedContacts.columns) FROM moved_contact
                        WHERE \(raw: side) IN \(list: texts) AND is_decided = 0 AND at <= \(moment)
                        UNION SELECT \(raw: MovedContacts.columns) FROM moved_contact_history
                        WHERE \(raw: side) IN \(list: texts) AND at <= \(moment) AND until > \(moment)
                        """,
                        MovedContacts.row
                    )
                )
            }
        }
        return found.sorted { ($0.account, $0.contact) < ($1.account, $1.contact) }
    }
}
