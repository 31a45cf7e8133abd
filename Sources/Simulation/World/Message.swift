import Reconciliation

/// A delivery on its way: it may be lost, come twice, late, or before one that was sent earlier.
struct Message: Sendable {
    var id: String
    var account: AccountID
    var observation: Observation
    /// The step from which on it is delivered.
    var due: Int
}
