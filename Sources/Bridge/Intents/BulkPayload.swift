import Reconciliation

/// What is common to the rows of a bulk intent.
struct BulkPayload: Codable, Sendable, Hashable {
    var lists: [ListID]
    /// Set once the bulk change has ended: rows that the provider refused without naming them.
    var unnamedRefusals = 0
    /// How often its rows were read back.
    var readings = 0
    /// Set when nobody can say whether it took effect: its rows are decided again, not given up.
    var isUnknown = false
}
