import Reconciliation
import Store

/// Makes consent events for tests of the ledger.
enum Events {
    static func optOut(
        _ address: String,
        position: Int64? = 1,
        source: ConsentSource = .account(AccountID("constant-contact")),
        by author: Author = .person,
        reason: String? = nil
    ) -> ConsentEvent {
        ConsentEvent(
            address: Address(compared: address),
            kind: .optOut,
            by: author,
            source: source,
            position: position,
            occurredAt: position.map { Timestamp(milliseconds: $0) },
            receivedAt: Timestamp(milliseconds: (position ?? 0) + 5_000),
            through: "relay",
            reason: reason,
            rule: .c1
        )
    }

    static func evidence(_ text: String, reference: String = "inbox 1") -> Ledger.Evidence {
        Ledger.Evidence(reference: reference, body: Array(text.utf8))
    }
}

extension TemporaryStore {
    /// Appends an event with evidence that names its address.
    @discardableResult
    func append(_ event: ConsentEvent) async throws -> Int64? {
        let keys = store.sealer.ledgerKeys
        return try await write { connection in
            try Ledger.append(
                event,
                evidence: Events.evidence(#"{"email":"\#(event.address.text)"}"#),
                keys: keys,
                in: connection
            )
        }
    }

    /// Checks the ledger.
    func verify(kept: LedgerHead? = nil) async throws -> LedgerVerification.Report {
        let keys = store.sealer.ledgerKeys
        return try await read { try LedgerVerification.run(keys: keys, kept: kept?.hash, in: $0) }
    }
}
