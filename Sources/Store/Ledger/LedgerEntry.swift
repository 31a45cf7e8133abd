/// What of a ledger row is hashed, as it is stored: nothing that is lost when its address is erased.
struct LedgerEntry: Hashable, Sendable {
    var sequence: Int64
    /// The keyed hash of the address, which is left when the address is erased.
    var addressHash: [UInt8]
    /// The commitment to address, reason and reference to the evidence.
    var disclosure: [UInt8]
    var kind: String
    var author: String
    var source: String
    var isComplaint: Int64
    var position: Int64?
    var occurredAt: Int64?
    var receivedAt: Int64
    var through: String
    var rule: String
    var evidenceDigest: String
}
