import Reconciliation

/// Checks the whole ledger: every row against its hash, each hash against the one before, and the end against its seal.
///
/// Whoever changes, adds or removes anything, and be it one byte, is found at the first row that does not hold. Somebody
/// who has the key, too, can write a chain anew: that is found with an end that was kept elsewhere.
package struct LedgerVerification {
    /// What does not hold.
    package struct Problem: Sendable, Hashable {
        /// The first row that does not hold; nil where it is no single row.
        package var row: Int64?
        /// Why, as the end of a sentence.
        package var reason: String
    }

    /// What was found.
    package struct Report: Sendable, Hashable {
        /// Rows that were checked.
        package var rows: Int64 = 0
        /// The last row that holds.
        package var head = LedgerHead.empty
        /// Rows whose address was erased.
        package var erased: Int64 = 0
        /// Rows whose evidence was erased with an address.
        package var erasedEvidence: Int64 = 0
        /// Rows that are older than the keeping of evidence.
        package var withoutEvidence: Int64 = 0
        package var problem: Problem?
    }

    private let keys: LedgerKeys
    private let erasedAddresses: Set<[UInt8]>
    private let erasures: Set<[UInt8]>
    private var report = Report()
    private var expected: [UInt8]?

    private init(keys: LedgerKeys, expected: [UInt8]?, connection: any SQLConnection) throws {
        self.keys = keys
        self.expected = expected
        erasedAddresses = Set(try connection.rows("SELECT hash FROM erased_address") { $0.bytes(0) })
        erasures = Set(
            try connection.rows(
                """
                SELECT address_hash FROM consent_event
                WHERE rule = \(ConsentRule.erasure.rawValue) AND kind = 'opt-out' AND through = \(Erasure.through)
                """
            ) { $0.optionalBytes(0) ?? [] }
        )
    }

    /// Checks the ledger from its first row to its end.
    ///
    /// - Parameter kept: the hash of an end that was printed earlier, which has to be the hash of one of the rows.
    package static func run(
        keys: LedgerKeys,
        kept: [UInt8]? = nil,
        in connection: any SQLConnection
    ) throws -> Report {
        var verification = try LedgerVerification(keys: keys, expected: kept, connection: connection)
        do {
            try verification.checkRows(in: connection)
            try verification.checkEnd(in: connection)
        } catch let found as Found {
            verification.report.problem = found.problem
        }
        return verification.report
    }

    private mutating func checkRows(in connection: any SQLConnection) throws {
        if expected == LedgerEncoding.genesis { expected = nil }
        try connection.forEach("SELECT \(raw: LedgerRow.columns) FROM consent_event ORDER BY sequence") {
            let row = LedgerRow($0)
            let evidence = try KeptEvidence.find(row.entry.evidenceDigest, in: connection)
            if let reason = problem(with: row, evidence) {
                throw Found(problem: Problem(row: row.entry.sequence, reason: reason))
            }
            note(row, evidence)
        }
    }

    /// What is wrong with a row that follows the last one that holds.
    private func problem(with row: LedgerRow, _ evidence: KeptEvidence.Row?) -> String? {
        let entry = row.entry
        guard entry.sequence == report.head.sequence + 1 else {
            return "row \(report.head.sequence + 1), which comes before it, is missing"
        }
        guard row.previousHash == report.head.hash else { return "it does not follow the row before it" }
        let hash = LedgerEncoding.hash(previous: report.head.hash, digest: LedgerEncoding.digest(of: entry))
        guard row.hash == hash else { return "it was changed: it does not have its hash" }
        if let reason = personProblem(with: row) { return reason }
        guard let evidence else { return "its evidence is missing" }
        return KeptEvidence.problem(with: evidence, keys: keys)
    }

    private func personProblem(with row: LedgerRow) -> String? {
        let entry = row.entry
        let address = Address(compared: row.address)
        guard keys.addressHash(address) == entry.addressHash else { return "its address was changed" }
        let salt = keys.salt(sequence: entry.sequence, previous: report.head.hash, addressHash: entry.addressHash)
        let disclosure = LedgerEncoding.disclosure(
            salt: salt,
            address: row.address,
            reason: row.reason,
            reference: row.reference
        )
        if disclosure == entry.disclosure {
            return row.tellingIdentities.contains(row.identity) ? nil : "what tells it from a repetition was changed"
        }
        guard address.isErased else { return "its reason or its reference to the evidence was changed" }
        guard erasures.contains(entry.addressHash) else {
            return "its address was removed, and no erasure of it is on the ledger"
        }
        guard row.reason == nil, row.reference == LedgerEncoding.erasedReference,
            row.identity == LedgerRow.erasedIdentity(entry.sequence)
        else { return "its address was erased, and something was put in its place" }
        return nil
    }

    private mutating func note(_ row: LedgerRow, _ evidence: KeptEvidence.Row?) {
        report.rows += 1
        report.head = LedgerHead(sequence: row.entry.sequence, hash: row.hash ?? [])
        if report.head.hash == expected { expected = nil }
        if Address(compared: row.address).isErased { report.erased += 1 }
        switch evidence.flatMap({ KeptEvidence.absence(of: $0, keys: keys) }) {
        case .erased: report.erasedEvidence += 1
        case .neverKept: report.withoutEvidence += 1
        case nil: break
        }
    }

    private func checkEnd(in connection: any SQLConnection) throws {
        let kept = try connection.first("SELECT sequence, hash, seal FROM ledger_head WHERE id = 1") {
            (head: LedgerHead(sequence: $0.int(0), hash: $0.bytes(1)), seal: $0.bytes(2))
        }
        guard let kept else { throw found("the note of its end is missing") }
        guard keys.seal(kept.head) == kept.seal else { throw found("the note of its end was changed") }
        if kept.head.sequence > report.head.sequence {
            throw found("it is cut off: rows \(report.head.sequence + 1) to \(kept.head.sequence) are missing")
        }
        guard kept.head == report.head else {
            throw Found(problem: Problem(row: kept.head.sequence + 1, reason: "it was not written by Causeway"))
        }
        if expected != nil {
            throw found(
                "no row has the hash that was kept: it was cut off or rewritten since, or is another ledger"
            )
        }
        guard erasures == erasedAddresses else { throw found("the list of erased addresses was changed") }
        let triggers = try connection.value(
            """
            SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('consent_event', 'evidence')
            """
        )
        guard triggers == Self.triggers else { throw found("what keeps its rows from being changed was removed") }
    }

    private func found(_ reason: String) -> Found { Found(problem: Problem(row: nil, reason: reason)) }

    /// Ends a check at the first problem.
    private struct Found: Error {
        var problem: Problem
    }

    private static let triggers: Int64 = 6
}
