extension Migration {
    /// Inbox, accounts with their secrets and tokens, budgets, cursors and settings.
    static let foundation = Migration(name: "foundation") { connection in
        // PRAGMA takes no bound values.
        try connection.execute("PRAGMA application_id = \(raw: String(SQLiteFile.applicationID))")
        try connection.execute(
            """
            CREATE TABLE account (
                name TEXT NOT NULL PRIMARY KEY,
                role TEXT NOT NULL CHECK (role IN ('crm', 'provider')),
                kind TEXT NOT NULL,
                settings TEXT NOT NULL,
                pinned_id TEXT,
                pinned_name TEXT,
                state TEXT NOT NULL CHECK (state IN ('active', 'needs-authorisation', 'failing')),
                state_reason TEXT,
                last_contact INTEGER,
                poll_interval_ms INTEGER NOT NULL CHECK (poll_interval_ms > 0),
                created_at INTEGER NOT NULL
            )
            """
        )
        // One data directory serves one CRM database (design §3).
        try connection.execute("CREATE UNIQUE INDEX account_one_crm ON account (role) WHERE role = 'crm'")
        try connection.execute(
            """
            CREATE TABLE secret (
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                name TEXT NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (account, name)
            )
            """
        )
        try connection.execute(
            """
            CREATE TABLE token (
                account TEXT NOT NULL PRIMARY KEY REFERENCES account (name) ON DELETE CASCADE,
                generation INTEGER NOT NULL,
                refresh BLOB NOT NULL,
                access BLOB,
                expires_at INTEGER,
                refresh_started_at INTEGER
            )
            """
        )
        try connection.execute(
            """
            CREATE TABLE webhook_secret (
                id INTEGER PRIMARY KEY,
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                sealed BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER
            )
            """
        )
        try connection.execute("CREATE INDEX webhook_secret_account ON webhook_secret (account)")
        try connection.execute(
            """
            CREATE TABLE rejected_delivery (
                account TEXT NOT NULL,
                reason TEXT NOT NULL,
                count INTEGER NOT NULL,
                last_at INTEGER NOT NULL,
                PRIMARY KEY (account, reason)
            )
            """
        )
        try connection.execute(
            """
            CREATE TABLE inbox (
                id INTEGER PRIMARY KEY,
                account TEXT NOT NULL,
                source TEXT NOT NULL,
                delivery_id TEXT NOT NULL,
                digest BLOB NOT NULL,
                headers TEXT NOT NULL,
                body BLOB NOT NULL,
                received_at INTEGER NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
                attempts INTEGER NOT NULL,
                not_before INTEGER NOT NULL,
                error TEXT,
                decided_at INTEGER,
                UNIQUE (account, delivery_id)
            )
            """
        )
        try connection.execute("CREATE INDEX inbox_open ON inbox (state, id) WHERE state <> 'done'")
        try connection.execute(
            """
            CREATE TABLE budget (
                key TEXT NOT NULL,
                day INTEGER NOT NULL,
                lane INTEGER NOT NULL,
                used INTEGER NOT NULL,
                PRIMARY KEY (key, day, lane)
            )
            """
        )
        try connection.execute(
            """
            CREATE TABLE cursor (
                account TEXT NOT NULL,
                source TEXT NOT NULL,
                position TEXT NOT NULL,
                PRIMARY KEY (account, source)
            )
            """
        )
        try connection.execute("CREATE TABLE setting (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)")
    }
}
