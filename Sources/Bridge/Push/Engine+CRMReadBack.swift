import Logging
import Reconciliation
import Store

extension Engine {
    /// Reads back the CRM writes of unknown outcome: those that could not be read back when that came to light, and open
    /// ones whose answer nobody waits for any more.
    ///
    /// - Returns: how many there were.
    @discardableResult
    func readBackUnknownWrites() async throws -> Int {
        let account = crmAccount
        let confirming = try await store.database.read {
            try Intents.underWay(account: account, states: [.confirming], in: $0)
        }
        let unknown = try await abandoned(account) + confirming
        for intent in unknown.sorted(by: { $0.id < $1.id }) { try await readBackCRM(intent) }
        return unknown.count
    }

    /// Reads rows again that were stale or gone; they are decided again on what is read.
    func readAgain(_ changes: [CRMWrite.Change]) async throws {
        var records: [RecordID] = []
        var members: [MemberID] = []
        for change in changes {
            switch change {
            case .optOutFlag(let id, _), .undeliverableMark(let id, _): records.append(id)
            case .memberStatus(let id, _): members.append(id)
            }
        }
        try await readRecords(records, through: "read back")
        try await readMembers(members, through: "read back")
    }

    /// Reads back the rows of a CRM write whose answer was lost, then decides them again.
    ///
    /// The rows are told by their subjects, so that one whose payload cannot be read is read back all the same.
    private func readBackCRM(_ intent: Intent) async throws {
        let rows = try await store.database.read { try Intents.rows(of: intent.id, in: $0) }
        try await readRecords(rows.compactMap { IntentSubject.record(in: $0.subject) }, through: "read back")
        try await readMembers(rows.compactMap { IntentSubject.member(in: $0.subject) }, through: "read back")
        let now = clock.now
        let result = unreadableRow(among: rows, of: intent)?.description ?? "read back"
        try await store.database.write { connection in
            try endAndDecideAgain(
                intent.id,
                as: .failed,
                result: result,
                refusal: nil,
                at: now,
                in: connection
            )
        }
    }

    /// Why a row of an intent cannot be read; nil where all can.
    private func unreadableRow(among rows: [IntentRow], of intent: Intent) -> UnreadableIntent? {
        for row in rows {
            do throws(UnreadableIntent) { _ = try IntentContent(of: row, in: intent) } catch { return error }
        }
        return nil
    }
}
