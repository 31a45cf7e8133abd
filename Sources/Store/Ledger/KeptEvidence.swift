import Crypto
import Reconciliation

/// The evidence itself, once for each digest: the delivery as it came, or the row as it was read.
package enum KeptEvidence {
    /// Why a piece of evidence has no body.
    package enum Absence: String, Sendable, CaseIterable {
        /// It named an address that was erased since; its digest is left.
        case erased
        /// It is older than the keeping of evidence.
        case neverKept = "never kept"
    }

    /// A piece of evidence as it is stored.
    package struct Row: Sendable, Hashable {
        package var digest: String
        package var body: [UInt8]?
        var absenceSeal: [UInt8]?
    }

    /// Keeps a body, once.
    ///
    /// - Returns: its digest, in hexadecimal.
    static func keep(
        _ body: [UInt8],
        keys: LedgerKeys,
        isErased: Bool = false,
        in connection: any SQLConnection
    ) throws -> String {
        let digest = digest(of: body, keys: keys)
        let kept = isErased ? nil : body
        let absence = isErased ? keys.seal(absenceOf: digest, because: .erased) : nil
        try connection.execute(
            """
            INSERT INTO evidence (digest, body, absence) VALUES (\(digest), \(kept), \(absence))
            ON CONFLICT (digest) DO NOTHING
            """
        )
        return digest
    }

    /// Notes that nothing is kept for a digest.
    static func noteNeverKept(_ digest: String, keys: LedgerKeys, in connection: any SQLConnection) throws {
        let absence = keys.seal(absenceOf: digest, because: .neverKept)
        try connection.execute(
            """
            INSERT INTO evidence (digest, body, absence) VALUES (\(digest), NULL, \(absence))
            ON CONFLICT (digest) DO NOTHING
            """
        )
    }

    /// Removes the body of a piece of evidence and keeps its digest.
    static func eraseBody(of digest: String, keys: LedgerKeys, in connection: any SQLConnection) throws {
        let absence = keys.seal(absenceOf: digest, because: .erased)
        try connection.execute(
            "UPDATE evidence SET body = NULL, absence = \(absence) WHERE digest = \(digest) AND body IS NOT NULL"
        )
    }

    /// The evidence of a digest; nil where there is none.
    package static func find(_ digest: String, in connection: any SQLConnection) throws -> Row? {
        try connection.first("SELECT digest, body, absence FROM evidence WHERE digest = \(digest)", row)
    }

    /// The digest of a body, in hexadecimal.
    static func digest(of body: [UInt8], keys: LedgerKeys) -> String {
        Hexadecimal.text(LedgerEncoding.evidenceDigest(nonce: keys.nonce(of: body), body: body))
    }

    /// What is wrong with a piece of evidence; nil when nothing is.
    static func problem(with row: Row, keys: LedgerKeys) -> String? {
        if let body = row.body {
            if row.absenceSeal != nil { return "its evidence is there and is said to be absent" }
            return digest(of: body, keys: keys) == row.digest ? nil : "its evidence was changed"
        }
        return absence(of: row, keys: keys) == nil ? "its evidence was removed, and not by erasing an address" : nil
    }

    /// Why the body is rightly absent; nil where it is there, or was removed by somebody without the key.
    package static func absence(of row: Row, keys: LedgerKeys) -> Absence? {
        guard row.body == nil, let seal = row.absenceSeal else { return nil }
        return Absence.allCases.first { keys.seal(absenceOf: row.digest, because: $0) == seal }
    }

    static func row(_ row: SQLRow) -> Row {
        Row(digest: row.text(0), body: row.optionalBytes(1), absenceSeal: row.optionalBytes(2))
    }
}
