extension Migration {
    /// What the change of a contact's address in place needs: a record's former addresses by the record, and the changes
    /// that a provider refused.
    static let addressChanges = Migration(name: "address-changes") { connection in
        try connection.execute("CREATE INDEX former_address_by_record ON former_address (kind, id)")
        try connection.execute(
            """
            CREATE TABLE refused_change (
                account TEXT NOT NULL,
                contact TEXT NOT NULL,
                address TEXT NOT NULL,
                at INTEGER NOT NULL,
                PRIMARY KEY (account, contact, address)
            ) STRICT, WITHOUT ROWID
            """
        )
        try connection.execute("CREATE INDEX refused_change_by_address ON refused_change (address)")
    }
}
