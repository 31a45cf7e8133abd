import Reconciliation
import Store

extension Recorder {
    /// Records an opt-out that was told by word: C1, C2 or C3.
    ///
    /// It acts at once; the same delivery again is the same event.
    func record(
        _ report: OptOutReport,
        evidence: Ledger.Evidence,
        in connection: any SQLConnection
    ) throws {
        let address = try withoutErased(report.address, in: connection)
        let source = ConsentSource.account(report.account)
        let rows = try Ledger.events(of: address, in: connection)
        let isTold = rows.contains {
            $0.event.kind == .optOut && $0.event.source == source && $0.evidence.reference == evidence.reference
        }
        if isTold { return }
        let shown = try Contacts.having([address], account: report.account, in: connection)[address]?.contact
        let said = Standing(ledger: rows.map { ($0.sequence, $0.event) }).sources[source]
        var event = report.event(
            receivedAt: now,
            through: through,
            lastReturn: [said?.optIn, shown?.optInAt?.milliseconds].compactMap { $0 }.max()
        )
        event.address = address
        if !report.isStampedByAccount, said?.stands != true, var place = event.position {
            // One of the same place was lifted: a delivery of its own says it anew.
            while rows.contains(where: { $0.event.identity == event.identity }) {
                place += 1
                event.position = place
            }
        }
        var evidence = evidence
        // A delivery names the address as it was told.
        evidence.namesErased = event.address.isErased
        try append([event], evidence: evidence, in: connection)
    }

    /// Records a hard bounce: C8.
    ///
    /// The address is undeliverable at every account.
    func record(
        _ report: BounceReport,
        evidence: Ledger.Evidence,
        in connection: any SQLConnection
    ) throws {
        var event = report.event(receivedAt: now, through: through)
        var evidence = evidence
        event.address = try withoutErased(event.address, in: connection)
        // A delivery names the address as it was told.
        evidence.namesErased = event.address.isErased
        try append([event], evidence: evidence, in: connection)
    }
}
