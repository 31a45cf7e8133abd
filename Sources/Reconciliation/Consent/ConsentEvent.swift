/// One row of the consent ledger: what was said, by whom, through what, and when.
///
/// Events are only ever appended. What Causeway wrote itself is never one.
package struct ConsentEvent: Hashable, Sendable {
    /// What was said.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case optOut = "opt-out"
        /// Lifts the opt-out of the event's own source, and no other.
        case optIn = "opt-in"
        /// Mail to the address bounces; not an opt-out.
        case undeliverable
        /// Somebody says that the address can be tried again.
        case deliverable
    }

    package var address: Address
    package var kind: Kind
    package var by: Author
    package var source: ConsentSource
    package var isComplaint: Bool
    /// The event's place among the events of its source: the provider's own stamp in milliseconds, or the record's
    /// lock version; for an operator's act on a hold, the ledger's last row that it lifts.
    ///
    /// Nil where it is unknown; an opt-out then beats every opt-in, and an opt-in lifts nothing.
    package var position: Int64?
    /// What tells this event from others of its source whose position is unknown, too: the reference of its evidence,
    /// such as the delivery, which the ledger fills in.
    package var telling: String?
    /// When it happened, by the source's clock.
    package var occurredAt: Timestamp?
    /// When it reached Causeway.
    package var receivedAt: Timestamp
    /// How it reached Causeway, such as `relay`, `opt-out poll` or `record delta`.
    package var through: String
    package var reason: String?
    /// The rule by which the event was written.
    package var rule: ConsentRule

    /// How an opt-out came to an address that the one who spoke does not have any more (design §3).
    package static let throughFormerAddress = "former address"
    /// How an opt-out came to the other address of a contact whose address was changed at the provider (C11).
    package static let throughChangedAddress = "address changed at the provider"

    /// How an operator's decision on a hold shows on the ledger.
    package static func throughHold(_ id: Int64) -> String { "\(holdPrefix)\(id)" }
    private static let holdPrefix = "hold "

    /// Whether an operator's decision on a hold wrote the event.
    package var isDecidedOnHold: Bool { through.hasPrefix(Self.holdPrefix) }

    /// How an opt-out came along to the new main address of a record (design §3, *A changed address*).
    package static let throughMovedRecord = "address change"

    /// Whether the event was said of another address of the same person's.
    package var isInherited: Bool {
        [Self.throughFormerAddress, Self.throughChangedAddress, Self.throughMovedRecord].contains(through)
    }

    package init(
        address: Address,
        kind: Kind,
        by: Author,
        source: ConsentSource,
        isComplaint: Bool = false,
        position: Int64?,
        telling: String? = nil,
        occurredAt: Timestamp? = nil,
        receivedAt: Timestamp,
        through: String,
        reason: String? = nil,
        rule: ConsentRule
    ) {
        self.address = address
        self.kind = kind
        self.by = by
        self.source = source
        self.isComplaint = isComplaint
        self.position = position
        self.telling = telling
        self.occurredAt = occurredAt
        self.receivedAt = receivedAt
        self.through = through
        self.reason = reason
        self.rule = rule
    }

    /// Whether an operator lifted opt-outs on a hold; the position is then the ledger's last row that they lifted.
    package var isOperatorsAct: Bool { kind == .optIn && by == .operator }

    /// What makes two tellings the same event: a repeated one has the same identity and is recorded once.
    ///
    /// Without a position it is the delivery that counts: a second one after a return, or after the flag was cleared, is
    /// a new event.
    package var identity: String {
        Self.identity(
            kind: kind.rawValue,
            source: source.text,
            author: by.rawValue,
            isComplaint: isComplaint,
            position: position,
            telling: telling,
            address: address.text
        )
    }

    /// The identity of an event of which only the stored spellings are known.
    package static func identity(
        kind: String,
        source: String,
        author: String,
        isComplaint: Bool,
        position: Int64?,
        telling: String?,
        address: String
    ) -> String {
        let place = position.map(String.init) ?? telling.map { "unknown \($0)" } ?? "unknown"
        return "\(kind)|\(source)|\(author)|\(isComplaint ? "complaint" : "")|\(place)|\(address)"
    }
}
