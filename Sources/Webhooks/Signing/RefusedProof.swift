/// Why a delivery's origin is not proved; the raw value names the cause in counts and logs.
package enum RefusedProof: String, Error, Sendable, Hashable, CaseIterable {
    case missingID = "missing id"
    case malformedID = "malformed id"
    case missingTimestamp = "missing timestamp"
    case malformedTimestamp = "malformed timestamp"
    /// The timestamp is more than 300 seconds from our clock.
    case outsideTolerance = "timestamp outside tolerance"
    case missingSignature = "missing signature"
    /// No signature fits any valid key of the account.
    case noMatchingSignature = "no matching signature"
}
