extension Migration {
    /// How each flag that went was taken, and holds found by the record that they are about.
    static let disputes = Migration(name: "disputes") { connection in
        try connection.execute(
            """
            ALTER TABLE cleared_flag ADD COLUMN is_disputed INTEGER NOT NULL DEFAULT 0 CHECK (is_disputed IN (0, 1))
            """
        )
        try connection.execute(
            """
            CREATE INDEX hold_row_by_subject ON hold_row (subject) WHERE state IN ('open', 'approved', 'dismissed')
            """
        )
    }
}
