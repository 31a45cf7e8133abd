import Reconciliation

extension Operation {
    /// Whether the CRM is written.
    var isForCRM: Bool {
        switch self {
        case .flag, .mark, .leavingStatus, .previousStatus: true
        case .upsert, .remove, .unsubscribe, .resubscribe, .changeAddress: false
        }
    }

    /// What is written, as the subject of an intent.
    var crmSubject: String {
        switch self {
        case .flag(let id, _, _), .mark(let id, _, _): IntentSubject.record(id)
        case .leavingStatus(let id, _, _, _, _, _), .previousStatus(let id, _, _, _): IntentSubject.member(id)
        case .upsert, .remove, .unsubscribe, .resubscribe, .changeAddress: ""
        }
    }

    /// Writes that go out together: one kind of change to one type of record.
    ///
    /// Flags come first in order.
    var crmBatch: String {
        switch self {
        case .flag(let id, _, _): "1 flag \(id.kind.rawValue)"
        case .mark(let id, _, _): "2 mark \(id.kind.rawValue)"
        case .leavingStatus, .previousStatus: "3 status"
        case .upsert, .remove, .unsubscribe, .resubscribe, .changeAddress: "4"
        }
    }
}
