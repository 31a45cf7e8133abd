import Reconciliation
import Synchronization

/// Permissions: what the API's user may not read is as if it were not there, and no change says so (workbooks.md §5.4).
extension SimulatedCRM {
    /// The records that cannot be read now.
    package var hidden: Set<RecordID> { state.withLock { $0.hidden } }

    /// Records cannot be read any more; people still see and change them.
    package func hide(_ records: [RecordID]) { state.withLock { $0.hidden.formUnion(records) } }

    /// What is hidden can be read again, but for what was deleted for good meanwhile.
    ///
    /// - Returns: what can be read again.
    @discardableResult
    package func show() -> Set<RecordID> {
        state.withLock { state in
            defer { state.hidden = state.vanished }
            return state.hidden.subtracting(state.vanished)
        }
    }

    /// Those of the records that are hidden are deleted for good; no change says so.
    package func vanish(_ records: [RecordID]) {
        state.withLock { state in
            for id in records where state.hidden.contains(id) {
                state.records[id]?.isDeleted = true
                state.vanished.insert(id)
            }
        }
    }
}
