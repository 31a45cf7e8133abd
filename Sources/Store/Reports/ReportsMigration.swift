extension Migration {
    /// The mailings that providers sent, their totals, and the people behind them.
    static let reports = Migration(name: "reports") { connection in
        for statement in ReportsSchema.statements {
            try connection.execute("\(raw: statement)")
        }
    }
}

/// The tables of the reports.
enum ReportsSchema {
    static let statements: [String] = [
        // Totals are NULL until they were read; a mailing without a next look is not read any more.
        """
        CREATE TABLE mailing (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            mailing TEXT NOT NULL,
            name TEXT NOT NULL,
            sent_at INTEGER,
            first_seen_at INTEGER NOT NULL,
            next_look_at INTEGER,
            looked_at INTEGER,
            deleted_at INTEGER,
            sent INTEGER,
            opened INTEGER,
            clicked INTEGER,
            hard_bounced INTEGER,
            soft_bounced INTEGER,
            complained INTEGER,
            opted_out INTEGER,
            counted_at INTEGER,
            UNIQUE (account, mailing)
        ) STRICT
        """,
        "CREATE INDEX mailing_by_look ON mailing (account, next_look_at) WHERE next_look_at IS NOT NULL",
        """
        CREATE TABLE mailing_list (
            mailing INTEGER NOT NULL,
            list TEXT NOT NULL,
            PRIMARY KEY (mailing, list)
        ) STRICT, WITHOUT ROWID
        """,
        // Kept when the link ends or its list is made anew: what was sent was sent.
        """
        CREATE TABLE mailing_campaign (
            campaign INTEGER NOT NULL,
            mailing INTEGER NOT NULL,
            PRIMARY KEY (campaign, mailing)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX mailing_campaign_by_mailing ON mailing_campaign (mailing)",
        // What was sent and asked about, so that it is not asked about again.
        """
        CREATE TABLE mailing_sending (
            account TEXT NOT NULL,
            sending TEXT NOT NULL,
            sent_at INTEGER,
            PRIMARY KEY (account, sending)
        ) STRICT, WITHOUT ROWID
        """,
        // How far a people report was read, and the walk that is under way.
        """
        CREATE TABLE mailing_reading (
            mailing INTEGER NOT NULL,
            report TEXT NOT NULL,
            read_to INTEGER,
            whole_at INTEGER,
            walk_began INTEGER,
            walk_since INTEGER,
            walk_latest INTEGER,
            walk_next TEXT,
            PRIMARY KEY (mailing, report)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE mailing_person (
            mailing INTEGER NOT NULL,
            act TEXT NOT NULL,
            address TEXT NOT NULL,
            first_at INTEGER,
            last_at INTEGER,
            reason TEXT,
            is_waiting INTEGER NOT NULL,
            event INTEGER,
            PRIMARY KEY (mailing, act, address)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX mailing_person_by_address ON mailing_person (address)",
        "CREATE INDEX mailing_person_waiting ON mailing_person (mailing, act, address) WHERE is_waiting = 1",
        // How an account's reports are read, and why they cannot be.
        """
        CREATE TABLE report_account (
            account TEXT PRIMARY KEY,
            next_search_at INTEGER NOT NULL,
            searched_at INTEGER,
            problem TEXT
        ) STRICT
        """,
    ]
}
