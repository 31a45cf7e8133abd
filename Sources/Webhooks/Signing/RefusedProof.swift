/// Why a delivery is turned away; the raw value names the cause in counts and logs.
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
    /// The header with the signature is there twice.
    case malformedSignature = "malformed signature"
    /// The address does not end in the secret of one of the account's hooks.
    case wrongPathSecret = "wrong path secret"
    /// The origin is proved, and what it tells is of an audience that the account is not connected to.
    case unknownAudience = "unknown audience"
}
