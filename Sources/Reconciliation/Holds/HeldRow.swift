/// A row that somebody has to decide on before it goes any further; nothing else waits for it.
package struct HeldRow: Sendable, Hashable {
    /// What the row is about.
    package enum Subject: Sendable, Hashable {
        case address
        case record(RecordID)
        case contact(AccountID, ContactID)
    }

    package var subject: Subject
    package var cause: HoldCause
    /// What is the matter, where it says more than the kind does.
    package var detail: String?
    /// The ledger's latest row that the hold names: an approval lifts nothing that arrives later.
    package var named: Int64
    /// Whether the address is kept off the lists of every account until somebody decides.
    package var keepsOff: Bool

    package init(
        _ subject: Subject,
        _ cause: HoldCause,
        detail: String? = nil,
        named: Int64 = 0,
        keepsOff: Bool = false
    ) {
        self.keepsOff = keepsOff
        self.subject = subject
        self.cause = cause
        self.detail = detail
        self.named = named
    }
}

/// What became of a cause so far.
package enum HoldStand: Sendable, Hashable {
    case open
    /// Left as it stands; the same cause raises no second hold.
    case dismissed
    case approved(HoldChoice)
}
