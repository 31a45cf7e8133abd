extension Migration {
    /// Addresses whose contact at an account is to be looked for.
    static let soughtAddresses = Migration(name: "sought-addresses") { connection in
        try connection.execute(
            """
            CREATE TABLE sought_address (
                account TEXT NOT NULL,
                address TEXT NOT NULL,
                PRIMARY KEY (account, address)
            ) STRICT, WITHOUT ROWID
            """
        )
    }
}
