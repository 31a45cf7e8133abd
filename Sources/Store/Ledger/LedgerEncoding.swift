import Crypto

/// The canonical encoding of a ledger row, version 1, and the hashes over it.
///
/// Documented for others in the article *The ledger as a proof*; what is here and what is there change together, under
/// a new version.
enum LedgerEncoding {
    static let rowVersion = "causeway.ledger.row/1"
    static let personVersion = "causeway.ledger.person/1"
    static let evidenceVersion = "causeway.ledger.evidence/1"
    /// What the first row has for the hash of the one before.
    static let genesis = [UInt8](repeating: 0, count: 32)
    /// What stands for a reference to evidence once the address is erased.
    static let erasedReference = "erased"

    /// The digest of a row: SHA-256 over its encoding.
    static func digest(of row: LedgerEntry) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append(rowVersion)
        encoder.append(row.sequence)
        encoder.append(row.addressHash)
        encoder.append(row.disclosure)
        encoder.append(row.kind)
        encoder.append(row.author)
        encoder.append(row.source)
        encoder.append(row.isComplaint)
        encoder.append(row.position)
        encoder.append(row.occurredAt)
        encoder.append(row.receivedAt)
        encoder.append(row.through)
        encoder.append(row.rule)
        encoder.append(row.evidenceDigest)
        return Array(SHA256.hash(data: encoder.bytes))
    }

    /// The hash of a row: SHA-256 over the hash of the one before and the row's digest.
    static func hash(previous: [UInt8], digest: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: previous + digest))
    }

    /// What commits a row to its person without telling who that is.
    ///
    /// Whoever is given the salt can check the three texts against it; without the salt they cannot be found by trying.
    static func disclosure(salt: [UInt8], address: String, reason: String?, reference: String) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append(personVersion)
        encoder.append(salt)
        encoder.append(address)
        encoder.append(reason)
        encoder.append(reference)
        return Array(SHA256.hash(data: encoder.bytes))
    }

    /// The digest of a piece of evidence; the nonce keeps a body that was erased from being found by trying.
    static func evidenceDigest(nonce: [UInt8], body: [UInt8]) -> [UInt8] {
        var encoder = CanonicalEncoder(capacity: body.count + 128)
        encoder.append(evidenceVersion)
        encoder.append(nonce)
        encoder.append(body)
        return Array(SHA256.hash(data: encoder.bytes))
    }
}
