import Reconciliation

/// A write of a member's status, with what it means for the member's row.
struct StatusWrite: Codable, Sendable, Hashable {
    var member: MemberID
    var statusID: Int64
    var lockVersion: Int64
    /// What the member's own status becomes; nil when a status of Causeway's is taken back.
    var ownStatus: OwnStatus?
    var cause: StatusCause?
}
