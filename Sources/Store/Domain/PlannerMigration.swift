extension Migration {
    /// How many rows SQLite's planner is to expect for an account and a list, so that it looks contacts up by their
    /// addresses.
    ///
    /// Knowing nothing, it takes the first column of a primary key for one that ten rows share, and reads through all
    /// contacts of an account where it could look one up. The figures are of a usual database and stay as they are, so
    /// that every database has the same plans (sqlite.org/lang_analyze.html, on fixed results of an earlier analysis).
    static let plannerStatistics = Migration(name: "planner-statistics") { connection in
        // Makes the table of statistics and analyses nothing.
        try connection.execute("ANALYZE sqlite_schema")
        let statistics = [
            ("contact", "contact", "200000 100000 1"),
            ("contact", "contact_by_address", "200000 100000 1"),
            ("contact_list", "contact_list", "400000 200000 2 1"),
            ("contact_list", "contact_list_by_list", "400000 200000 10000 1"),
        ]
        for (table, index, text) in statistics {
            try connection.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (\(table), \(index), \(text))")
        }
        // Takes them into use on this connection; others read them when they open.
        try connection.execute("ANALYZE sqlite_schema")
    }
}
