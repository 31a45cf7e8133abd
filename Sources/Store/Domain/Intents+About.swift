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

    /// The condition of the index of subjects, which leaves out contacts: a bulk load has a row for each of them.
    static let recordSubjects = "subject >= 'lead ' AND subject < 'person!'"
}
