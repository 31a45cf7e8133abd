extension Migration {
    /// Deliveries whose facts are recorded and whose hints are still to be followed, apart from those that nobody has
    /// looked at.
    static let toldDeliveries = Migration(name: "told-deliveries") { connection in
        // 1 once what a delivery says is on the ledger; it waits on while what it points at is still to be read.
        try connection.execute("ALTER TABLE inbox ADD COLUMN is_told INTEGER NOT NULL DEFAULT 0")
        try connection.execute("DROP INDEX inbox_open")
        try connection.execute(
            "CREATE INDEX inbox_open ON inbox (state, is_told, not_before, id) WHERE state <> 'done'"
        )
    }
}
