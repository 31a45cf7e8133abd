extension Migration {
    /// The records that were asked for and not answered; those that are held for it are known already.
    static let unansweredRecords = Migration(name: "unanswered-records") { connection in
        try connection.execute(
            """
            CREATE TABLE unanswered_record (
                kind TEXT NOT NULL,
                id INTEGER NOT NULL,
                since INTEGER NOT NULL,
                asked_at INTEGER NOT NULL,
                PRIMARY KEY (kind, id)
            ) STRICT, WITHOUT ROWID
            """
        )
        // A subject is such as "person 12".
        try connection.execute(
            """
            INSERT INTO unanswered_record (kind, id, since, asked_at)
            SELECT DISTINCT substr(subject, 1, instr(subject, ' ') - 1),
                CAST(substr(subject, instr(subject, ' ') + 1) AS INTEGER), 0, 0
            FROM hold_row WHERE cause LIKE 'records-hidden %' AND state IN ('open', 'dismissed')
            """
        )
    }
}
