/// The tables of what somebody has to decide on.
enum HoldsSchema {
    /// The statements that make the tables, in order.
    static let statements: [String] = [
        """
        CREATE TABLE hold (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            account TEXT,
            link INTEGER,
            address TEXT NOT NULL,
            detail TEXT,
            choices TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'dismissed', 'closed')),
            raised_at INTEGER NOT NULL,
            ended_at INTEGER,
            choice TEXT,
            note TEXT
        ) STRICT
        """,
        "CREATE INDEX hold_open ON hold (kind, link) WHERE state = 'open'",
        """
        CREATE TABLE hold_row (
            id INTEGER PRIMARY KEY,
            hold INTEGER NOT NULL REFERENCES hold (id),
            cause TEXT NOT NULL,
            address TEXT NOT NULL,
            account TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT,
            named INTEGER NOT NULL,
            keeps_off INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'dismissed', 'gone', 'done')),
            effect_account TEXT,
            effect TEXT CHECK (effect IN ('pending', 'started', 'done', 'failed')),
            result TEXT
        ) STRICT
        """,
        "CREATE INDEX hold_row_by_hold ON hold_row (hold)",
        // A cause is held once: while it is undecided, while its approval works, and for good once it was dismissed.
        """
        CREATE UNIQUE INDEX hold_row_by_cause ON hold_row (cause) WHERE state IN ('open', 'approved', 'dismissed')
        """,
        """
        CREATE INDEX hold_row_by_address ON hold_row (address) WHERE state IN ('open', 'approved', 'dismissed')
        """,
        "CREATE INDEX hold_row_effect ON hold_row (effect_account) WHERE effect IN ('pending', 'started')",
        // Contacts whose address a person changed at the provider. Until that is decided the two addresses are one.
        """
        CREATE TABLE moved_contact (
            account TEXT NOT NULL,
            contact TEXT NOT NULL,
            old TEXT NOT NULL,
            new TEXT NOT NULL,
            at INTEGER NOT NULL,
            is_decided INTEGER NOT NULL,
            PRIMARY KEY (account, contact)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX moved_contact_by_old ON moved_contact (old)",
        "CREATE INDEX moved_contact_by_new ON moved_contact (new)",
        // What the breaker let pass, counted before it goes: a crash counts too much rather than too little.
        """
        CREATE TABLE judged_row (
            kind TEXT NOT NULL,
            link INTEGER NOT NULL,
            address TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (kind, link, address)
        ) STRICT, WITHOUT ROWID
        """,
        "ALTER TABLE crm_record ADD COLUMN dispute_rule TEXT",
        // An operator's act on a hold is an opt-in by an operator whose position is a row of the ledger: it lifts the
        // opt-outs of its source up to that row, and none that arrived later.
        "DROP VIEW standing_opt_out",
        """
        CREATE VIEW standing_opt_out AS
        SELECT o.address AS address, o.source AS source, max(o.sequence) AS sequence, min(o.received_at) AS received_at
        FROM consent_event o
        WHERE o.kind = 'opt-out' AND o.sequence > ifnull((
            SELECT max(l.position) FROM consent_event l
            WHERE l.address = o.address AND l.source = o.source AND l.kind = 'opt-in' AND l.author = 'operator'), 0)
        GROUP BY o.address, o.source
        HAVING max(ifnull(o.position, 9223372036854775807)) >= ifnull((
            SELECT max(i.position) FROM consent_event i
            WHERE i.address = o.address AND i.source = o.source AND i.kind = 'opt-in' AND i.author <> 'operator'),
            -9223372036854775808)
        """,
    ]
}
