/// One row of a hold by what it is about, so that the same cause raises no second hold.
package struct HoldCause: Hashable, Sendable, Codable {
    package var kind: HoldKind
    /// What tells this cause from others of its kind.
    package var key: String

    package init(_ kind: HoldKind, _ key: String) {
        self.kind = kind
        self.key = key
    }

    /// The stored spelling.
    package var text: String { "\(kind.rawValue) \(key)" }

    /// Reads the stored spelling; nil when it is none.
    package init?(text: String) {
        guard let blank = text.firstIndex(of: " "), let kind = HoldKind(rawValue: String(text[..<blank])) else {
            return nil
        }
        self.init(kind, String(text[text.index(after: blank)...]))
    }

    /// A dispute about a record's flag (C6, C12): it begins after a row of the ledger.
    package static func dispute(_ mirror: RecordMirror) -> HoldCause {
        HoldCause(
            mirror.disputeRule == .c12 ? .flagsGone : .disputedFlag,
            "\(mirror.record.id) after \(mirror.disputedAfter ?? 0)"
        )
    }

    /// A flag of Causeway's that is left although the person came back with a row of the ledger.
    package static func keptFlag(_ record: RecordID, returned: Int64) -> HoldCause {
        HoldCause(.keptFlag, "\(record) \(returned)")
    }

    /// The person's return with a row of the ledger, while something else stands.
    package static func otherOptOutStands(_ address: Address, returned: Int64) -> HoldCause {
        HoldCause(.otherOptOutStands, "\(address.text) \(returned)")
    }

    /// A mailing's report says that the address opted out by it.
    package static func reportedOptOut(_ address: Address, _ account: AccountID, _ mailing: MailingID) -> HoldCause {
        HoldCause(.reportedOptOut, "\(account) \(mailing) \(address.text)")
    }

    /// Something about one contact of an account.
    package static func contact(_ kind: HoldKind, _ account: AccountID, _ contact: ContactID) -> HoldCause {
        HoldCause(kind, "\(account) \(contact)")
    }

    /// What is the matter with a link; the text tells one instance from another.
    package static func link(_ kind: HoldKind, _ link: LinkID, _ text: String) -> HoldCause {
        HoldCause(kind, "\(link) \(text)")
    }

    /// The link that a row is judged with, or that is held; nil for other kinds.
    package var link: LinkID? {
        switch kind {
        case .removals, .wipes, .departures, .listRenamed, .listDeleted, .campaignGone:
            key.firstIndex(of: " ").flatMap { Int64(key[..<$0]) }.map { LinkID($0) }
        case .disputedFlag, .flagsGone, .keptFlag, .otherOptOutStands, .unprovedReturn, .unclearBounce,
            .contactDeleted, .addressChanged, .subscribedAgain, .refusedReturn, .reportedOptOut, .membersMissing,
            .recordsHidden:
            nil
        }
    }

    /// Whether a decision shows that the cause is gone: it does not name it.
    ///
    /// One that waits for what is under way tells nothing of what is judged with a link: that is named again, or is gone,
    /// once it has ended.
    package func isGone(after held: [HeldRow], waits: Bool) -> Bool {
        if waits, link != nil { return false }
        return !held.contains { $0.cause == self }
    }

    /// The removal, the emptied fields or the departure of one address, by the link that it is judged with.
    package static func row(_ kind: HoldKind, _ link: LinkID, _ address: Address) -> HoldCause {
        HoldCause(kind, "\(link) \(address.text)")
    }
}
