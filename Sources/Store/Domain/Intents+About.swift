import Reconciliation

extension Intents {
    /// The keys `(intent, position)` of the rows that are about an address, as a query.
    ///
    /// A write to a record is stored once, under one of the record's addresses, and is about each of them: so it is
    /// found by its subject too, for every record that has the address, had it as its main one, or had it when its flag
    /// was set. A member's status is stored under the main address that the member stands for.
    package static func rows(about address: Address) -> SQL {
        """
        SELECT intent, position FROM intent_row WHERE address = \(address.text)
        UNION
        SELECT intent, position FROM intent_row
        WHERE \(raw: recordSubjects) AND subject IN (
            SELECT kind || ' ' || id FROM record_address WHERE address = \(address.text)
            UNION SELECT kind || ' ' || id FROM former_address WHERE address = \(address.text)
            UNION SELECT source FROM consent_event
            WHERE address = \(address.text) AND (source LIKE 'person %' OR source LIKE 'lead %')
        )
        """
    }

    /// Whether a write of a kind was ever stored for an address at an account.
    ///
    /// - Parameter onlyAwaited: whether only those count whose echo is still awaited.
    package static func isFor(
        _ address: Address,
        kind: String,
        onlyAwaited: Bool,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.first(
            """
            SELECT 1 FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE r.address = \(address.text) AND i.account = \(account) AND i.kind = \(kind)
                AND (NOT \(onlyAwaited) OR r.awaits_echo = 1)
            LIMIT 1
            """
        ) { _ in true } ?? false
    }

    /// The condition of the index of subjects, which leaves out contacts: a bulk load has a row for each of them.
    static let recordSubjects = "subject >= 'lead ' AND subject < 'person!'"
}
