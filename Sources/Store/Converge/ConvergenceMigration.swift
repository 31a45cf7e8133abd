extension Migration {
    /// The digests of links with the rows that differ, and the clocks of opt-outs.
    static let convergence = Migration(name: "convergence") { connection in
        for statement in ConvergenceSchema.statements {
            try connection.execute("\(raw: statement)")
        }
    }
}

/// The tables of the proof of convergence.
enum ConvergenceSchema {
    static let statements: [String] = [
        """
        CREATE TABLE link_digest (
            link INTEGER PRIMARY KEY,
            as_of INTEGER NOT NULL,
            crm TEXT NOT NULL,
            crm_count INTEGER NOT NULL,
            shadow TEXT NOT NULL,
            shadow_count INTEGER NOT NULL,
            differing INTEGER NOT NULL,
            unexplained INTEGER NOT NULL,
            strangers INTEGER NOT NULL,
            basis TEXT NOT NULL,
            took_ms INTEGER NOT NULL,
            verified_at INTEGER,
            provider TEXT,
            provider_count INTEGER,
            verified_crm TEXT,
            verified_crm_count INTEGER
        ) STRICT
        """,
        // The rows that differ, as many as are kept to be shown; how many there are stands in link_digest.
        """
        CREATE TABLE link_difference (
            link INTEGER NOT NULL,
            position INTEGER NOT NULL,
            address TEXT NOT NULL,
            code TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (link, position)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX link_difference_by_address ON link_difference (address)",
        // One row for each opt-out on the ledger, by its sequence; the address stands there alone.
        """
        CREATE TABLE opt_out_clock (
            event INTEGER PRIMARY KEY,
            received_at INTEGER NOT NULL,
            counted_from INTEGER,
            flagged_at INTEGER,
            off_lists_at INTEGER,
            lifted_at INTEGER,
            had_record INTEGER,
            warned INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """,
        """
        CREATE INDEX opt_out_clock_open ON opt_out_clock (counted_from)
        WHERE lifted_at IS NULL AND (flagged_at IS NULL OR off_lists_at IS NULL)
        """,
        "CREATE INDEX opt_out_clock_by_arrival ON opt_out_clock (received_at)",
        // What arrived before there were clocks counts from the first look on.
        """
        INSERT INTO opt_out_clock (event, received_at)
        SELECT sequence, received_at FROM consent_event WHERE kind = 'opt-out'
        """,
    ]
}
