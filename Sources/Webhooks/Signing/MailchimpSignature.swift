import HTTPTypes
import Reconciliation

/// The header by which Mailchimp proves a delivery's origin (mailchimp.md §9).
///
///     X-Mailchimp-Signature: t=1767604500,v1=27782da04e8e…
///
/// The code is HMAC-SHA256 over `t`, a dot and the raw body, under the hook's signing secret; during a rotation there
/// can be several.
package struct MailchimpSignature: Sendable, Hashable {
    /// How far the sender's clock may be from ours, in seconds, either way.
    package static let tolerance = DeliveryProof.tolerance
    private static let headerName = "x-mailchimp-signature"

    /// When the sender signed, in seconds since the epoch.
    package let timestamp: Int64
    /// The timestamp as it was written, since that is what was signed.
    private let timestampText: String
    private let codes: [String]

    /// Reads the header.
    ///
    /// - Throws: `RefusedProof` when it is missing, has no time or two of them, or no code.
    package init(_ fields: HTTPFields) throws(RefusedProof) {
        var timestamp: String?
        var codes: [String] = []
        var isPresent = false
        for field in fields where field.name.canonicalName == Self.headerName {
            isPresent = true
            for element in field.value.split(separator: ",") {
                let parts = element.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2 else { continue }
                let value = String(parts[1].trimmingBlanks)
                switch parts[0].trimmingBlanks {
                case "t":
                    // Two times would leave open which one was signed.
                    guard timestamp == nil else { throw .malformedTimestamp }
                    timestamp = value
                case "v1": codes.append(value)
                // Elements of later versions stand beside those that are known.
                default: break
                }
            }
        }
        guard isPresent else { throw .missingSignature }
        guard let timestamp else { throw .missingTimestamp }
        guard let seconds = SignedTime.seconds(timestamp) else { throw .malformedTimestamp }
        guard !codes.isEmpty else { throw .missingSignature }
        self.timestamp = seconds
        self.timestampText = timestamp
        self.codes = codes
    }

    /// Holds the signature against the body and a hook's key; nil when it holds.
    ///
    /// Codes are compared in constant time.
    ///
    /// - Returns: `outsideTolerance` or `noMatchingSignature` when it does not hold.
    package func refusal(of body: UnsafeRawBufferPointer, key: HookKey, now: Timestamp) -> RefusedProof? {
        guard abs(now.seconds - timestamp) <= Self.tolerance else { return .outsideTolerance }
        let expected = key.code(head: Array("\(timestampText).".utf8), body: body)
        for code in codes where ConstantTime.areEqual(digits: code.utf8, expected) { return nil }
        return .noMatchingSignature
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var trimmed = self
        while trimmed.first == " " { trimmed.removeFirst() }
        while trimmed.last == " " { trimmed.removeLast() }
        return trimmed
    }
}
