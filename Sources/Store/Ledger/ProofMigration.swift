extension Migration {
    /// The chain through the ledger, its evidence, and the addresses that were erased.
    static let proof = Migration(name: "proof") { connection in
        for statement in ProofSchema.statements {
            try connection.execute("\(raw: statement)")
        }
    }
}

/// What makes the ledger a proof.
enum ProofSchema {
    /// The statements that make it, in order.
    static let statements: [String] = [
        "ALTER TABLE consent_event ADD COLUMN address_hash BLOB",
        "ALTER TABLE consent_event ADD COLUMN disclosure BLOB",
        // What a service answered to one row of a write.
        "ALTER TABLE intent_row ADD COLUMN answer TEXT",
        "CREATE INDEX consent_event_by_address_hash ON consent_event (address_hash)",
        "CREATE INDEX consent_event_by_evidence ON consent_event (evidence_digest)",
        // Once for each digest. A body goes only when an address in it is erased; what seals its absence is made with
        // the key.
        """
        CREATE TABLE evidence (
            digest TEXT PRIMARY KEY,
            body BLOB,
            absence BLOB,
            CHECK ((body IS NULL) = (absence IS NOT NULL))
        ) STRICT
        """,
        // The chain's end, sealed with the key: rows that are cut off are missed.
        """
        CREATE TABLE ledger_head (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            sequence INTEGER NOT NULL,
            hash BLOB NOT NULL,
            seal BLOB NOT NULL
        ) STRICT
        """,
        // The keyed hashes of the addresses that were erased: one that is seen again is opted out.
        """
        CREATE TABLE erased_address (
            hash BLOB PRIMARY KEY,
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "DROP TRIGGER consent_event_is_never_changed",
        // A row older than the chain is chained once; an address is erased once. Nothing else ever changes.
        """
        CREATE TRIGGER consent_event_is_never_changed BEFORE UPDATE ON consent_event
        WHEN NOT (
            NEW.sequence IS OLD.sequence AND NEW.kind IS OLD.kind AND NEW.author IS OLD.author
            AND NEW.source IS OLD.source AND NEW.is_complaint IS OLD.is_complaint AND NEW.position IS OLD.position
            AND NEW.occurred_at IS OLD.occurred_at AND NEW.received_at IS OLD.received_at
            AND NEW.through IS OLD.through AND NEW.rule IS OLD.rule
            AND (
                (
                    OLD.hash IS NULL AND OLD.previous_hash IS NULL AND OLD.address_hash IS NULL
                    AND OLD.disclosure IS NULL AND length(NEW.hash) = 32 AND length(NEW.previous_hash) = 32
                    AND length(NEW.address_hash) = 32 AND length(NEW.disclosure) = 32
                    AND NEW.address IS OLD.address AND NEW.reason IS OLD.reason AND NEW.evidence IS OLD.evidence
                    AND NEW.identity IS OLD.identity
                )
                OR (
                    NEW.hash IS OLD.hash AND NEW.previous_hash IS OLD.previous_hash
                    AND NEW.address_hash IS OLD.address_hash AND NEW.disclosure IS OLD.disclosure
                    AND NEW.evidence_digest IS OLD.evidence_digest AND OLD.hash IS NOT NULL
                    AND NEW.address = 'erased:' || lower(hex(OLD.address_hash)) AND OLD.address <> NEW.address
                    AND NEW.reason IS NULL AND NEW.evidence = 'erased'
                    AND NEW.identity = 'erased ' || OLD.sequence
                )
            )
        )
        BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END
        """,
        """
        CREATE TRIGGER consent_event_is_chained BEFORE INSERT ON consent_event
        WHEN NEW.hash IS NULL OR NEW.previous_hash IS NULL OR NEW.address_hash IS NULL OR NEW.disclosure IS NULL
        BEGIN SELECT RAISE(ABORT, 'a row of the ledger carries its hash'); END
        """,
        """
        CREATE TRIGGER consent_event_has_evidence BEFORE INSERT ON consent_event
        WHEN NOT EXISTS (SELECT 1 FROM evidence WHERE digest = NEW.evidence_digest)
        BEGIN SELECT RAISE(ABORT, 'a row of the ledger has its evidence'); END
        """,
        """
        CREATE TRIGGER evidence_is_never_changed BEFORE UPDATE ON evidence
        WHEN NOT (
            NEW.digest IS OLD.digest AND OLD.body IS NOT NULL AND NEW.body IS NULL AND length(NEW.absence) = 32
        )
        BEGIN SELECT RAISE(ABORT, 'evidence is only ever erased'); END
        """,
        """
        CREATE TRIGGER evidence_is_never_deleted BEFORE DELETE ON evidence
        BEGIN SELECT RAISE(ABORT, 'evidence is only ever erased'); END
        """,
    ]
}
