import Reconciliation

/// Something that somebody has to decide on: one cause with all its rows.
package struct Hold: Sendable, Hashable {
    /// Who moves a hold.
    package enum State: String, Sendable, Hashable {
        /// Nobody has decided yet.
        case open
        /// An operator chose; it takes effect at the next pass.
        case approved
        /// An operator leaves things as they stand.
        case dismissed
        /// The cause went by itself before anybody decided.
        case closed
    }

    package var id: Int64
    package var kind: HoldKind
    package var account: AccountID?
    package var link: LinkID?
    /// The address that it is about; empty where it is about a link or about several.
    package var address: String
    /// What is the matter, where it says more than the kind does.
    package var detail: String?
    package var choices: [HoldChoice]
    package var state: State
    package var raisedAt: Timestamp
    package var endedAt: Timestamp?
    package var choice: HoldChoice?
    /// The operator's reason.
    package var note: String?

    /// Why it is held, in words for people.
    package var reason: String { detail.map { "\(kind.title); \($0)" } ?? kind.title }
}

/// One row of a hold.
package struct HoldRow: Sendable, Hashable {
    /// Who moves a row.
    package enum State: String, Sendable, Hashable {
        case open, approved, dismissed
        /// The cause went by itself.
        case gone
        /// What was approved is done, or its cause is gone since.
        case done
    }

    /// How far a call is that an approval asks for, stored before it is made.
    package enum Effect: String, Sendable, Hashable {
        case pending, started, done, failed
    }

    package var id: Int64
    package var hold: Int64
    package var cause: HoldCause
    package var address: String
    /// The account in whose passes the row is decided.
    package var account: AccountID
    /// What it is about, such as `person 4711` or `contact cc a7b1…`.
    package var subject: String
    package var detail: String?
    /// The ledger's latest row that the hold names.
    package var named: Int64
    package var keepsOff: Bool
    package var state: State
    package var effect: Effect?
    package var result: String?
}
