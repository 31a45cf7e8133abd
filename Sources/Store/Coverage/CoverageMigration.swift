extension Migration {
    /// When each source was listened to or polled, and when it was not.
    static let coverage = Migration(name: "coverage") { connection in
        try connection.execute(
            """
            CREATE TABLE coverage_source (
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                kind TEXT NOT NULL CHECK (kind IN ('poll', 'webhook')),
                covered_from INTEGER NOT NULL,
                tick_at INTEGER NOT NULL,
                is_running INTEGER NOT NULL CHECK (is_running IN (0, 1)),
                PRIMARY KEY (account, kind)
            ) STRICT, WITHOUT ROWID
            """
        )
        try connection.execute(
            """
            CREATE TABLE coverage_gap (
                id INTEGER PRIMARY KEY,
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                kind TEXT NOT NULL CHECK (kind IN ('poll', 'webhook')),
                cause TEXT NOT NULL
                    CHECK (cause IN ('stopped', 'killed', 'missed', 'refused', 'restored', 'reconnected')),
                began_at INTEGER NOT NULL,
                ended_at INTEGER,
                is_baseline INTEGER NOT NULL CHECK (is_baseline IN (0, 1)),
                needs_walk INTEGER NOT NULL CHECK (needs_walk IN (0, 1)),
                closed_at INTEGER,
                closed_by TEXT
            ) STRICT
            """
        )
        // After a restore: who is on a list without the backup's knowing it.
        try connection.execute(
            """
            CREATE TABLE unknown_membership (
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                contact TEXT NOT NULL,
                list TEXT NOT NULL,
                PRIMARY KEY (account, contact, list)
            ) STRICT, WITHOUT ROWID
            """
        )
        // Contacts that were deleted in a gap, of whom nobody knows whether they unsubscribed first.
        try connection.execute(
            """
            CREATE TABLE deletion_doubt (
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                contact TEXT NOT NULL,
                address TEXT NOT NULL,
                since INTEGER NOT NULL,
                finding TEXT,
                PRIMARY KEY (account, contact)
            ) STRICT, WITHOUT ROWID
            """
        )
        try connection.execute("CREATE INDEX deletion_doubt_by_address ON deletion_doubt (address)")
        try connection.execute("CREATE INDEX coverage_gap_by_account ON coverage_gap (account, kind, id)")
        try connection.execute(
            "CREATE INDEX coverage_gap_open ON coverage_gap (account, kind) WHERE closed_at IS NULL"
        )
    }
}
