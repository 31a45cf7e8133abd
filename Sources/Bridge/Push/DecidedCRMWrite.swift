import Reconciliation
import Store

/// A decided write to the CRM.
struct DecidedCRMWrite: Sendable {
    var row: Dirty.Row
    var operation: Operation
}

/// A decided write, made ready to be sent and stored.
struct PreparedCRMWrite: Sendable {
    var row: Dirty.Row
    var write: CRMWrite
    /// Set for a member's status: what it means for the member's row.
    var status: StatusWrite?
    var intent: IntentRow
}
