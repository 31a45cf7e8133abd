import Reconciliation

/// The chain through the ledger: each row's hash covers the one before.
package enum LedgerChain {
    /// The end of the chain as it is kept; a ledger without rows ends in zeros.
    package static func head(in connection: any SQLConnection) throws -> LedgerHead {
        try connection.first("SELECT sequence, hash FROM ledger_head WHERE id = 1") {
            LedgerHead(sequence: $0.int(0), hash: $0.bytes(1))
        } ?? .empty
    }

    /// Where the next row goes.
    ///
    /// A row of the table beyond the end that is kept is somebody else's doing: it is left for the verification to
    /// find, and what is said meanwhile is not lost for it.
    static func next(after head: LedgerHead, in connection: any SQLConnection) throws -> Int64 {
        max(head.sequence, try connection.value("SELECT max(sequence) FROM consent_event") ?? 0) + 1
    }

    /// Makes a row the chain's end.
    static func advance(to head: LedgerHead, keys: LedgerKeys, in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE ledger_head SET sequence = \(head.sequence), hash = \(head.hash), seal = \(keys.seal(head))
            WHERE id = 1
            """
        )
    }

    /// Chains the rows of a database that is older than the chain, in one transaction; afterwards it does nothing.
    ///
    /// Deliveries that are their evidence are kept with it. What was read is not there any more, and its absence is
    /// noted.
    static func complete(keys: LedgerKeys, in connection: any SQLConnection) throws {
        guard try connection.value("SELECT 1 FROM ledger_head WHERE id = 1") == nil else { return }
        // A chain without its end is not begun anew: the verification names it.
        guard try connection.value("SELECT 1 FROM consent_event WHERE hash IS NOT NULL LIMIT 1") == nil else { return }
        var head = LedgerHead.empty
        while let row = try nextUnchained(after: head.sequence, in: connection) {
            head = try chain(row, after: head, keys: keys, in: connection)
        }
        try connection.execute(
            "INSERT INTO ledger_head (id, sequence, hash, seal) VALUES (1, \(head.sequence), \(head.hash), \(keys.seal(head)))"
        )
    }

    private static func nextUnchained(after sequence: Int64, in connection: any SQLConnection) throws -> Ledger.Row? {
        try connection.first(
            """
            SELECT \(raw: Ledger.columns) FROM consent_event
            WHERE sequence > \(sequence) AND hash IS NULL ORDER BY sequence LIMIT 1
            """,
            Ledger.row
        )
    }

    private static func chain(
        _ row: Ledger.Row,
        after head: LedgerHead,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> LedgerHead {
        var digest = row.evidence.digest
        if let body = try delivery(row.evidence.reference, in: connection) {
            digest = try KeptEvidence.keep(body, keys: keys, in: connection)
        } else {
            try KeptEvidence.noteNeverKept(digest, keys: keys, in: connection)
        }
        let link = link(
            row.event,
            sequence: row.sequence,
            reference: row.evidence.reference,
            evidenceDigest: digest,
            after: head,
            keys: keys
        )
        try connection.execute(
            """
            UPDATE consent_event SET address_hash = \(link.entry.addressHash), disclosure = \(link.entry.disclosure),
                evidence_digest = \(digest), previous_hash = \(head.hash), hash = \(link.hash)
            WHERE sequence = \(row.sequence)
            """
        )
        return LedgerHead(sequence: row.sequence, hash: link.hash)
    }

    /// The body of the delivery that a reference names, where it is one that is still there.
    private static func delivery(_ reference: String, in connection: any SQLConnection) throws -> [UInt8]? {
        guard reference.hasPrefix("inbox "), let id = Int64(reference.dropFirst(6)) else { return nil }
        return try connection.first("SELECT body FROM inbox WHERE id = \(id)") { $0.bytes(0) }
    }

    /// What is hashed of an event at its place in the chain, and its hash.
    static func link(
        _ event: ConsentEvent,
        sequence: Int64,
        reference: String,
        evidenceDigest: String,
        after head: LedgerHead,
        keys: LedgerKeys
    ) -> (entry: LedgerEntry, hash: [UInt8]) {
        let addressHash = keys.addressHash(event.address)
        let salt = keys.salt(sequence: sequence, previous: head.hash, addressHash: addressHash)
        let entry = LedgerEntry(
            sequence: sequence,
            addressHash: addressHash,
            disclosure: LedgerEncoding.disclosure(
                salt: salt,
                address: event.address.text,
                reason: event.reason,
                reference: reference
            ),
            kind: event.kind.rawValue,
            author: event.by.rawValue,
            source: event.source.text,
            isComplaint: event.isComplaint ? 1 : 0,
            position: event.position,
            occurredAt: event.occurredAt?.milliseconds,
            receivedAt: event.receivedAt.milliseconds,
            through: event.through,
            rule: event.rule.rawValue,
            evidenceDigest: evidenceDigest
        )
        return (entry, LedgerEncoding.hash(previous: head.hash, digest: LedgerEncoding.digest(of: entry)))
    }
}
