extension Migration {
    /// When a gap was read back at its account, and what is written to a record found by the record.
    static let readBack = Migration(name: "read-back") { connection in
        // Set where a gap stays open after its account was read: its sender has yet to come again.
        try connection.execute("ALTER TABLE coverage_gap ADD COLUMN read_back_at INTEGER")
        try connection.execute("ALTER TABLE coverage_gap ADD COLUMN first_refused_at INTEGER")
        try connection.execute(
            "CREATE INDEX intent_row_by_record ON intent_row (subject) WHERE \(raw: Intents.recordSubjects)"
        )
    }
}
