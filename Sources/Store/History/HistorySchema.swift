/// The tables of what was before a change.
///
/// Each row is a state that ended, with the moment of its end. A state that has not changed has no row: it is in the
/// mirror itself, and `known_since` there says since when the thing is known at all. So a first load writes nothing here.
/// Only what `causeway why` tells is kept. States that began and ended within one moment are none.
///
/// Rows are kept as long as the ledger and the intents, for good; erasing an address takes it and its names out of them.
enum HistorySchema {
    /// The tables of which an older version may have left rows.
    static let before = ["crm_record", "crm_member", "contact", "parked", "moved_contact", "hold", "deletion_doubt"]

    /// The statements that make the tables, in order.
    static let statements: [String] = [
        // NULL for what an older version had.
        "ALTER TABLE crm_record ADD COLUMN known_since INTEGER",
        "ALTER TABLE crm_member ADD COLUMN known_since INTEGER",
        "ALTER TABLE contact ADD COLUMN known_since INTEGER",
        "ALTER TABLE contact_list ADD COLUMN known_since INTEGER",
        // When a row joined its hold, and when its cause was gone or what was approved done.
        "ALTER TABLE hold_row ADD COLUMN since INTEGER",
        "ALTER TABLE hold_row ADD COLUMN over_at INTEGER",
        // What is held about a record goes along with it to another address.
        """
        CREATE TABLE hold_row_history (
            hold_row INTEGER NOT NULL REFERENCES hold_row (id),
            until INTEGER NOT NULL,
            address TEXT NOT NULL,
            PRIMARY KEY (hold_row, until)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX hold_row_history_by_address ON hold_row_history (address)",
        """
        CREATE TABLE record_history (
            kind TEXT NOT NULL,
            id INTEGER NOT NULL,
            until INTEGER NOT NULL,
            is_deleted INTEGER NOT NULL,
            first_name TEXT NOT NULL,
            last_name TEXT NOT NULL,
            main_email TEXT NOT NULL,
            other_emails TEXT NOT NULL,
            is_opted_out INTEGER NOT NULL,
            is_undeliverable INTEGER NOT NULL,
            flag_is_ours INTEGER NOT NULL,
            disputed_after INTEGER,
            PRIMARY KEY (kind, id, until)
        ) STRICT, WITHOUT ROWID
        """,
        // Addresses that a record had at some time and may not have now; record_address has those of the present.
        """
        CREATE TABLE record_history_address (
            address TEXT NOT NULL,
            kind TEXT NOT NULL,
            id INTEGER NOT NULL,
            PRIMARY KEY (address, kind, id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE member_history (
            member INTEGER NOT NULL,
            until INTEGER NOT NULL,
            campaign INTEGER NOT NULL,
            kind TEXT,
            record INTEGER,
            status_id INTEGER NOT NULL,
            is_deleted INTEGER NOT NULL,
            PRIMARY KEY (member, until)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX member_history_by_record ON member_history (kind, record)",
        """
        CREATE TABLE contact_history (
            account TEXT NOT NULL,
            contact TEXT NOT NULL,
            until INTEGER NOT NULL,
            address TEXT NOT NULL,
            permission TEXT NOT NULL,
            opt_out_by TEXT NOT NULL,
            opt_out_at INTEGER,
            is_deleted INTEGER NOT NULL,
            PRIMARY KEY (account, contact, until)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX contact_history_by_address ON contact_history (address)",
        """
        CREATE TABLE contact_list_history (
            account TEXT NOT NULL,
            contact TEXT NOT NULL,
            list TEXT NOT NULL,
            until INTEGER NOT NULL,
            since INTEGER,
            is_ours INTEGER NOT NULL,
            PRIMARY KEY (account, contact, list, until)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE parked_history (
            account TEXT NOT NULL,
            address TEXT NOT NULL,
            subject TEXT NOT NULL,
            code TEXT NOT NULL,
            until INTEGER NOT NULL,
            text TEXT NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (account, address, subject, code, until)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX parked_history_by_address ON parked_history (address)",
        // Contacts whose address was changed, while nobody had decided on it.
        """
        CREATE TABLE moved_contact_history (
            account TEXT NOT NULL,
            contact TEXT NOT NULL,
            until INTEGER NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (account, contact, until)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX moved_contact_history_by_old ON moved_contact_history (old)",
        "CREATE INDEX moved_contact_history_by_new ON moved_contact_history (new)",
        """
        CREATE TABLE deletion_doubt_history (
            account TEXT NOT NULL,
            contact TEXT NOT NULL,
            until INTEGER NOT NULL,
            address TEXT NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (account, contact, until)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX deletion_doubt_history_by_address ON deletion_doubt_history (address)",
    ]
}
