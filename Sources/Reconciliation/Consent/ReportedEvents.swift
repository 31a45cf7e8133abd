extension OptOutReport {
    /// The rule by which the report is an opt-out: C2 for a complaint, C1 for the person's own, C3 for anybody else's.
    package var rule: ConsentRule {
        if isComplaint { return .c2 }
        return by == .person ? .c1 : .c3
    }

    /// The opt-out that the report writes to the ledger; it acts on the teller's word alone.
    ///
    /// Its place is the account's own stamp. A relay's clock says nothing about the account's: told by one, the opt-out
    /// stands over every return that was known when it arrived, and is lifted by a later one alone.
    ///
    /// - Parameter lastReturn: the place of the latest opt-in at the account that is known.
    package func event(receivedAt: Timestamp, through: String, lastReturn: Int64? = nil) -> ConsentEvent {
        var position = occurredAt?.milliseconds
        if !isStampedByAccount, let told = position, let lastReturn { position = max(told, lastReturn) }
        return ConsentEvent(
            address: address,
            kind: .optOut,
            by: isComplaint ? .person : by,
            source: .account(account),
            isComplaint: isComplaint,
            position: position,
            occurredAt: occurredAt,
            receivedAt: receivedAt,
            through: through,
            reason: reason,
            rule: rule
        )
    }
}

extension BounceReport {
    /// What the report writes to the ledger (C8): not an opt-out.
    package func event(receivedAt: Timestamp, through: String) -> ConsentEvent {
        ConsentEvent(
            address: address,
            kind: .undeliverable,
            by: .provider,
            source: .account(account),
            position: occurredAt?.milliseconds,
            occurredAt: occurredAt,
            receivedAt: receivedAt,
            through: through,
            reason: reason,
            rule: .c8
        )
    }
}
