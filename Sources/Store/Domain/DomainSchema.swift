/// The tables of what Causeway knows: the ledger, the mirrors, the shadows and the work that follows from them.
enum DomainSchema {
    /// The statements that make the tables, in order.
    static let statements: [String] = [
        // The ledger. Append only: the triggers below refuse every change. The hash columns are filled by the chain.
        """
        CREATE TABLE consent_event (
            sequence INTEGER PRIMARY KEY,
            address TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('opt-out', 'opt-in', 'undeliverable', 'deliverable')),
            author TEXT NOT NULL CHECK (author IN ('person', 'operator', 'crm', 'provider')),
            source TEXT NOT NULL,
            is_complaint INTEGER NOT NULL CHECK (is_complaint IN (0, 1)),
            position INTEGER,
            occurred_at INTEGER,
            received_at INTEGER NOT NULL,
            through TEXT NOT NULL,
            reason TEXT,
            rule TEXT NOT NULL,
            evidence TEXT NOT NULL,
            evidence_digest TEXT NOT NULL,
            identity TEXT NOT NULL UNIQUE,
            previous_hash BLOB,
            hash BLOB
        ) STRICT
        """,
        "CREATE INDEX consent_event_by_address ON consent_event (address, source, kind, position, sequence)",
        "CREATE INDEX consent_event_by_source ON consent_event (source, address)",
        """
        CREATE TRIGGER consent_event_is_never_changed BEFORE UPDATE ON consent_event
        BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END
        """,
        """
        CREATE TRIGGER consent_event_is_never_deleted BEFORE DELETE ON consent_event
        BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END
        """,
        // What stands, by a join: opt-out beats opt-in at equal or unknown places of its own source.
        """
        CREATE VIEW standing_opt_out AS
        SELECT address, source,
            max(CASE kind WHEN 'opt-out' THEN sequence END) AS sequence,
            min(CASE kind WHEN 'opt-out' THEN received_at END) AS received_at
        FROM consent_event
        WHERE kind IN ('opt-out', 'opt-in')
        GROUP BY address, source
        HAVING max(CASE kind WHEN 'opt-out' THEN ifnull(position, 9223372036854775807) END)
            >= ifnull(max(CASE kind WHEN 'opt-in' THEN position END), -9223372036854775808)
        """,
        """
        CREATE TABLE crm_record (
            kind TEXT NOT NULL CHECK (kind IN ('person', 'lead')),
            id INTEGER NOT NULL,
            lock_version INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            updated_by INTEGER,
            is_deleted INTEGER NOT NULL,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            main_email TEXT NOT NULL,
            other_emails TEXT NOT NULL,
            is_opted_out INTEGER NOT NULL,
            is_undeliverable INTEGER NOT NULL,
            fields TEXT NOT NULL,
            flag_is_ours INTEGER NOT NULL DEFAULT 0,
            mark_is_ours INTEGER NOT NULL DEFAULT 0,
            disputed_after INTEGER,
            PRIMARY KEY (kind, id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE record_address (
            address TEXT NOT NULL,
            kind TEXT NOT NULL,
            id INTEGER NOT NULL,
            is_main INTEGER NOT NULL,
            PRIMARY KEY (address, kind, id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX record_address_by_record ON record_address (kind, id)",
        """
        CREATE TABLE former_address (
            address TEXT NOT NULL,
            kind TEXT NOT NULL,
            id INTEGER NOT NULL,
            until INTEGER NOT NULL,
            PRIMARY KEY (address, kind, id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE cleared_flag (kind TEXT NOT NULL, id INTEGER NOT NULL, at INTEGER NOT NULL) STRICT",
        "CREATE INDEX cleared_flag_by_time ON cleared_flag (at)",
        """
        CREATE TABLE campaign (
            id INTEGER PRIMARY KEY,
            reference TEXT NOT NULL,
            name TEXT NOT NULL,
            public_name TEXT,
            lock_version INTEGER NOT NULL,
            is_deleted INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE membership_status (
            id INTEGER PRIMARY KEY,
            campaign INTEGER NOT NULL,
            text TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX membership_status_by_campaign ON membership_status (campaign)",
        """
        CREATE TABLE crm_member (
            id INTEGER PRIMARY KEY,
            campaign INTEGER NOT NULL,
            kind TEXT,
            record INTEGER,
            status_id INTEGER NOT NULL,
            lock_version INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            updated_by INTEGER,
            is_deleted INTEGER NOT NULL,
            own_status TEXT,
            last_cause TEXT
        ) STRICT
        """,
        "CREATE INDEX crm_member_by_campaign ON crm_member (campaign, id)",
        "CREATE INDEX crm_member_by_record ON crm_member (kind, record)",
        """
        CREATE TABLE link (
            id INTEGER PRIMARY KEY,
            campaign INTEGER NOT NULL,
            account TEXT NOT NULL,
            list TEXT,
            list_name TEXT NOT NULL,
            interval_ms INTEGER NOT NULL,
            unsubscribed_status TEXT NOT NULL,
            leaving_statuses TEXT NOT NULL,
            due_at INTEGER NOT NULL,
            last_run_at INTEGER,
            scanned_at INTEGER,
            rename_count INTEGER NOT NULL DEFAULT 0,
            problem TEXT,
            created_at INTEGER NOT NULL,
            UNIQUE (campaign, account),
            UNIQUE (account, list_name)
        ) STRICT
        """,
        """
        CREATE TABLE master_list (
            account TEXT PRIMARY KEY,
            list TEXT NOT NULL,
            name TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE mapping (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            attribute TEXT NOT NULL,
            field TEXT NOT NULL,
            field_id TEXT NOT NULL,
            only_kind TEXT,
            clears INTEGER NOT NULL,
            UNIQUE (account, field)
        ) STRICT
        """,
        """
        CREATE TABLE contact (
            account TEXT NOT NULL,
            id TEXT NOT NULL,
            email TEXT NOT NULL,
            address TEXT NOT NULL,
            permission TEXT NOT NULL,
            opt_out_by TEXT NOT NULL,
            opt_out_at INTEGER,
            opt_out_reason TEXT,
            opt_in_by TEXT NOT NULL,
            opt_in_at INTEGER,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            fields TEXT NOT NULL,
            is_deleted INTEGER NOT NULL,
            own_unsubscribe TEXT,
            PRIMARY KEY (account, id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX contact_by_address ON contact (account, address)",
        """
        CREATE TABLE contact_list (
            account TEXT NOT NULL,
            contact TEXT NOT NULL,
            list TEXT NOT NULL,
            is_ours INTEGER NOT NULL,
            confirmed_at INTEGER,
            PRIMARY KEY (account, contact, list)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX contact_list_by_list ON contact_list (account, list)",
        """
        CREATE TABLE departure (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            list TEXT NOT NULL,
            address TEXT NOT NULL,
            at INTEGER NOT NULL,
            UNIQUE (account, list, address)
        ) STRICT
        """,
        "CREATE INDEX departure_by_address ON departure (address)",
        """
        CREATE TABLE dirty (
            account TEXT NOT NULL,
            address TEXT NOT NULL,
            lane INTEGER NOT NULL,
            reason TEXT NOT NULL,
            not_before INTEGER NOT NULL,
            since INTEGER NOT NULL,
            version INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (account, address)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX dirty_by_lane ON dirty (account, lane, not_before, since)",
        """
        CREATE TABLE intent (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            kind TEXT NOT NULL,
            lane INTEGER NOT NULL,
            payload TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'running', 'confirming', 'done', 'failed')),
            activity TEXT,
            created_at INTEGER NOT NULL,
            checked_at INTEGER,
            ended_at INTEGER,
            result TEXT
        ) STRICT
        """,
        "CREATE INDEX intent_under_way ON intent (account, kind) WHERE state IN ('open', 'running', 'confirming')",
        """
        CREATE TABLE intent_row (
            intent INTEGER NOT NULL REFERENCES intent (id),
            position INTEGER NOT NULL,
            address TEXT NOT NULL,
            subject TEXT NOT NULL,
            payload TEXT NOT NULL,
            is_open INTEGER NOT NULL,
            PRIMARY KEY (intent, position)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX intent_row_open ON intent_row (address) WHERE is_open = 1",
        "CREATE INDEX intent_row_by_address ON intent_row (address)",
        """
        CREATE TABLE refusal (
            account TEXT NOT NULL,
            address TEXT NOT NULL,
            text TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (account, address)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE parked (
            account TEXT NOT NULL,
            address TEXT NOT NULL,
            subject TEXT NOT NULL,
            code TEXT NOT NULL,
            text TEXT NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (account, address, subject, code)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            kind TEXT NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER,
            result TEXT
        ) STRICT
        """,
        // Addresses for which every record that has them was looked for in the CRM.
        """
        CREATE TABLE watched (
            address TEXT PRIMARY KEY,
            searched_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE echo_count (
            account TEXT PRIMARY KEY,
            count INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    ]
}
