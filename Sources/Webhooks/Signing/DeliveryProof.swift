import HTTPTypes
import Reconciliation

/// The three headers by which a sender proves a delivery's origin (Standard Webhooks; workbooks.md §10.2 item 3).
package struct DeliveryProof: Sendable, Hashable {
    /// How far a sender's clock may be from ours, in seconds, either way.
    package static let tolerance: Int64 = 300
    private static let longestID = 256

    /// The delivery's id, the same on every retry.
    package let id: String
    /// When the sender signed, in seconds since the epoch.
    package let timestamp: Int64
    /// The timestamp as it was written, since that is what was signed.
    private let timestampText: String
    /// One or more signatures, separated by blanks.
    private let signatures: String

    /// Reads the headers.
    ///
    /// - Throws: `RefusedProof` when one is missing, given twice or malformed.
    package init(_ fields: HTTPFields) throws(RefusedProof) {
        var id: String?
        var timestamp: String?
        var signatures: String?
        for field in fields {
            switch field.name.canonicalName {
            case "webhook-id":
                // Two ids would leave open which one names the delivery.
                guard id == nil else { throw .malformedID }
                id = field.value
            case "webhook-timestamp":
                guard timestamp == nil else { throw .malformedTimestamp }
                timestamp = field.value
            case "webhook-signature":
                signatures = signatures.map { "\($0) \(field.value)" } ?? field.value
            default: break
            }
        }
        guard let id else { throw .missingID }
        guard Self.isWellFormed(id: id) else { throw .malformedID }
        guard let timestamp else { throw .missingTimestamp }
        guard let seconds = SignedTime.seconds(timestamp) else { throw .malformedTimestamp }
        guard let signatures else { throw .missingSignature }
        self.id = id
        self.timestampText = timestamp
        self.timestamp = seconds
        self.signatures = signatures
    }

    /// Holds the proof against the body and the account's keys; nil when it holds.
    ///
    /// Every key is tried against every `v1` signature; signatures of other versions are skipped. Codes are compared
    /// in constant time.
    ///
    /// - Returns: `outsideTolerance` or `noMatchingSignature` when it does not hold.
    package func refusal(of body: UnsafeRawBufferPointer, keys: [SigningKey], now: Timestamp) -> RefusedProof? {
        guard abs(now.seconds - timestamp) <= Self.tolerance else { return .outsideTolerance }
        let head = SignedHead.bytes(id: id, timestamp: timestampText)
        for key in keys {
            let expected = key.code(head: head, body: body)
            for candidate in signatures.utf8.split(separator: UInt8(ascii: " ")) {
                guard candidate.starts(with: "v1,".utf8) else { continue }
                if ConstantTime.areEqual(candidate.dropFirst(3), expected) { return nil }
            }
        }
        return .noMatchingSignature
    }

    /// An id is 1 to 256 visible ASCII characters: it is stored, listed and compared.
    private static func isWellFormed(id: String) -> Bool {
        (1...longestID).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
