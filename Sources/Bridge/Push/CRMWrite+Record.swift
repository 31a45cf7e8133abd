import Reconciliation

extension CRMWrite {
    /// The Person or Lead that is written; nil for a member.
    var record: RecordID? {
        switch change {
        case .optOutFlag(let id, _), .undeliverableMark(let id, _): id
        case .memberStatus: nil
        }
    }
}
