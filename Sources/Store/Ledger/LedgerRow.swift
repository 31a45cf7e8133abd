import Reconciliation

/// A ledger row as its table has it, whatever was done to it.
struct LedgerRow {
    let entry: LedgerEntry
    let address: String
    let reason: String?
    let reference: String
    let identity: String
    let previousHash: [UInt8]?
    let hash: [UInt8]?

    init(_ row: SQLRow) {
        entry = LedgerEntry(
            sequence: row.int(0),
            addressHash: row.optionalBytes(2) ?? [],
            disclosure: row.optionalBytes(3) ?? [],
            kind: row.text(4),
            author: row.text(5),
            source: row.text(6),
            isComplaint: row.int(7),
            position: row.optionalInt(8),
            occurredAt: row.optionalInt(9),
            receivedAt: row.int(10),
            through: row.text(11),
            rule: row.text(13),
            evidenceDigest: row.text(15)
        )
        address = row.text(1)
        reason = row.optionalText(12)
        reference = row.text(14)
        identity = row.text(16)
        previousHash = row.optionalBytes(17)
        hash = row.optionalBytes(18)
    }

    /// The identities that the row's own columns can give.
    ///
    /// The first releases did not tell events without a position apart.
    var tellingIdentities: [String] {
        entry.position == nil ? [identity(telling: reference), identity(telling: nil)] : [identity(telling: nil)]
    }

    private func identity(telling: String?) -> String {
        ConsentEvent.identity(
            kind: entry.kind,
            source: entry.source,
            author: entry.author,
            isComplaint: entry.isComplaint != 0,
            position: entry.position,
            telling: telling,
            address: address
        )
    }

    static func erasedIdentity(_ sequence: Int64) -> String { "erased \(sequence)" }

    /// The columns, in the order in which they are read.
    static let columns = """
        sequence, address, address_hash, disclosure, kind, author, source, is_complaint, position, occurred_at,
        received_at, through, reason, rule, evidence, evidence_digest, identity, previous_hash, hash
        """
}
