extension Migration {
    /// The hooks that services have for us, with the secrets that prove their deliveries.
    static let hooks = Migration(name: "webhook-hooks") { connection in
        // No id twice: an answer that comes late must not meet another creation.
        try connection.execute(
            """
            CREATE TABLE webhook_hook (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                account TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
                topic TEXT NOT NULL,
                remote_id TEXT,
                url TEXT NOT NULL,
                path_secret BLOB,
                signing_secret BLOB,
                state TEXT NOT NULL CHECK (state IN ('creating', 'active', 'retired')),
                problem TEXT,
                checked_at INTEGER,
                created_at INTEGER NOT NULL,
                expires_at INTEGER,
                CHECK (state <> 'active' OR remote_id IS NOT NULL),
                CHECK (state <> 'retired' OR expires_at IS NOT NULL)
            )
            """
        )
        // One that holds and one that is being made to take its place, and no more.
        try connection.execute(
            "CREATE UNIQUE INDEX webhook_hook_current ON webhook_hook (account, topic, state) WHERE state <> 'retired'"
        )
    }
}
