extension Migration {
    /// Intents to the end: the version that a write's answer gave, and whether its echo is awaited.
    static let intents = Migration(name: "intents") { connection in
        // The lock version that the answer gave, or the stamp in a provider's answer; NULL until there is one.
        try connection.execute("ALTER TABLE intent_row ADD COLUMN answer_version INTEGER")
        // 1 from when the write is stored until its after-image is read back, or cannot be any more.
        try connection.execute("ALTER TABLE intent_row ADD COLUMN awaits_echo INTEGER NOT NULL DEFAULT 0")
        try connection.execute("CREATE INDEX intent_row_awaiting ON intent_row (subject) WHERE awaits_echo = 1")
        // What the first version left open is still to be told from other people's acts.
        try connection.execute(
            """
            UPDATE intent_row SET awaits_echo = 1
            WHERE is_open = 1 AND intent IN (SELECT id FROM intent WHERE kind <> 'create-list')
            """
        )
        // When a bulk change that was given up is looked for a last time: it may have been working all the while.
        try connection.execute("ALTER TABLE intent ADD COLUMN look_again_at INTEGER")
        try connection.execute("CREATE INDEX intent_looked_for ON intent (account) WHERE look_again_at IS NOT NULL")
    }
}
