import Crypto
import Reconciliation
import Store

/// What holds of one link at one instant: its digests, and the addresses that differ, each with its reason.
package struct LinkProof: Sendable {
    /// The digests and counts, as they are stored.
    package var row: LinkDigests.Row
    /// The addresses that differ, with their reasons, then strangers; at most as many as are kept.
    package var differences: [LinkDigests.Difference]
    /// Addresses that differ although nothing is marked for them: a pass that finds any marks them.
    var unmarked: [Address] = []
    /// Contacts whose reading disagrees with what should be held: they are read once more by their id.
    var toRead: [ContactID] = []

    /// Whether both sides agree.
    package var isEqual: Bool { row.isEqual && row.verified?.isEqual != false }

    /// The hash of the digests.
    static func hash(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}
