import Reconciliation
import Store

extension Recorder {
    /// Records an opt-out that was told by word: C1, C2 or C3. It acts at once.
    func record(
        _ report: OptOutReport,
        evidence: Ledger.Evidence,
        in connection: any SQLConnection
    ) throws {
        let rule: ConsentRule = report.isComplaint ? .c2 : (report.by == .person ? .c1 : .c3)
        let event = ConsentEvent(
            address: report.address,
            kind: .optOut,
            by: report.isComplaint ? .person : report.by,
            source: .account(report.account),
            isComplaint: report.isComplaint,
            position: report.occurredAt?.milliseconds,
            occurredAt: report.occurredAt,
            receivedAt: now,
            through: through,
            reason: report.reason,
            rule: rule
        )
        try append([event], evidence: evidence, in: connection)
    }

    /// Records a hard bounce: C8. The address is undeliverable at every account.
    func record(
        _ report: BounceReport,
        evidence: Ledger.Evidence,
        in connection: any SQLConnection
    ) throws {
        let event = ConsentEvent(
            address: report.address,
            kind: .undeliverable,
            by: .provider,
            source: .account(report.account),
            position: report.occurredAt?.milliseconds,
            occurredAt: report.occurredAt,
            receivedAt: now,
            through: through,
            reason: report.reason,
            rule: .c8
        )
        try append([event], evidence: evidence, in: connection)
    }
}
