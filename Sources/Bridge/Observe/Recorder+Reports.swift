import Reconciliation
import Store

extension Recorder {
    /// Records an opt-out that was told by word: C1, C2 or C3.
    ///
    /// It acts at once.
    func record(
        _ report: OptOutReport,
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
