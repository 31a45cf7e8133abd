import Reconciliation

/// What the engine asks the pure core, as one value: the rules, unless a simulation breaks one of them on purpose.
///
/// No setting reaches it; an engine that is made without one obeys the rules.
package struct Decisions: Sendable {
    /// Decides one address.
    package var plan: @Sendable (AddressView, Timestamp) -> AddressPlan
    /// What is known when a contact was read, before it is judged.
    package var contact: @Sendable (ContactReading) -> ContactReading
    /// What is known when a record was read, before it is judged.
    package var record: @Sendable (RecordReading) -> RecordReading
    /// Events on their way to the ledger.
    package var events: @Sendable ([ConsentEvent]) -> [ConsentEvent]
    /// Whether a reading in which so many of the known are missing is too small to be believed.
    package var isSuspicious: @Sendable (_ missing: Int, _ known: Int) -> Bool
    /// Whether so many records of those that were asked for together are hidden, and not gone.
    package var isHiding: @Sendable (_ unanswered: Int, _ asked: Int, _ isHeld: Bool) -> Bool

    /// Makes decisions; what is not given obeys the rules.
    package init(
        plan: @escaping @Sendable (AddressView, Timestamp) -> AddressPlan = { AddressDecision.plan(for: $0, at: $1) },
        contact: @escaping @Sendable (ContactReading) -> ContactReading = { $0 },
        record: @escaping @Sendable (RecordReading) -> RecordReading = { $0 },
        events: @escaping @Sendable ([ConsentEvent]) -> [ConsentEvent] = { $0 },
        isSuspicious: @escaping @Sendable (Int, Int) -> Bool = { Breaker.isSuspicious(missing: $0, of: $1) },
        isHiding: @escaping @Sendable (Int, Int, Bool) -> Bool = {
            Breaker.isHiding(unanswered: $0, of: $1, isHeld: $2)
        }
    ) {
        self.plan = plan
        self.contact = contact
        self.record = record
        self.events = events
        self.isSuspicious = isSuspicious
        self.isHiding = isHiding
    }

    /// The rules of design §3 and §4.
    package static let rules = Decisions()
}
