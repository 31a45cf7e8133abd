import Bridge
import Reconciliation
import Store

/// Whether whatever is to be written is marked (design §1): what nobody marks waits for the next verification.
extension World {
    /// Holds the marks against what would be decided now, between two passes.
    func checkMarks() async throws {
        let state = try database.look { connection in
            (
                addresses: try connection.rows(
                    """
                    SELECT address FROM record_address UNION SELECT address FROM contact WHERE address <> ''
                    UNION SELECT address FROM consent_event ORDER BY 1
                    """
                ) { Address(compared: $0.text(0)) },
                // What is marked, and what is under way, which marks it when it ends.
                marked: Set(
                    try connection.rows(
                        """
                        SELECT account || ' ' || address FROM dirty UNION SELECT i.account || ' ' || r.address
                        FROM intent i JOIN intent_row r ON r.intent = i.id WHERE r.is_open = 1
                        """
                    ) { $0.text(0) }
                ),
                // A record's flag and mark are decided with whichever of its addresses comes first.
                neighbours: Dictionary(
                    grouping: try connection.rows("SELECT kind || ' ' || id, address FROM record_address") {
                        (record: $0.text(0), address: $0.text(1))
                    },
                    by: \.record
                ),
                // A link's first run marks its members.
                isBeginning: try connection.value("SELECT 1 FROM link WHERE last_run_at IS NULL LIMIT 1") != nil
            )
        }
        if state.isBeginning { return }
        // As the passes decide: what goes to the CRM on what is known of every account, the rest account by account.
        for (place, seen) in [(Self.crmAccount, accounts)] + accounts.map({ ($0, [$0]) }) {
            let plans = try await engine.plans(for: state.addresses, accounts: seen)
            for (address, plan) in zip(state.addresses, plans) {
                for operation in plan.operations where (operation.account ?? Self.crmAccount) == place {
                    let all = operation.record.flatMap { state.neighbours[$0.description]?.map(\.address) } ?? []
                    if (all + [address.text]).contains(where: { state.marked.contains("\(place) \($0)") }) { continue }
                    history.wrong("\(address.text) is not marked for \(place), and \(operation) is to be done")
                }
            }
        }
    }
}

extension Operation {
    /// The record that is written; nil for members and contacts.
    fileprivate var record: RecordID? {
        switch self {
        case .flag(let id, _, _), .mark(let id, _, _): id
        case .leavingStatus, .previousStatus, .upsert, .remove, .unsubscribe, .resubscribe, .changeAddress: nil
        }
    }

    /// The provider account that it is for; nil for the CRM.
    fileprivate var account: AccountID? {
        switch self {
        case .flag, .mark, .leavingStatus, .previousStatus: nil
        case .upsert(let account, _, _), .remove(let account, _, _, _), .unsubscribe(let account, _),
            .resubscribe(let account, _, _), .changeAddress(let account, _, _, _):
            account
        }
    }
}
