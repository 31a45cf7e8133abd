import Reconciliation

/// A mailing of an account, as it was last read.
package struct StoredMailing: Sendable, Hashable, Identifiable {
    /// The store's own id.
    package var id: Int64
    package var account: AccountID
    /// The provider's id.
    package var mailing: MailingID
    package var name: String
    package var sentAt: Timestamp?
    package var firstSeenAt: Timestamp
    /// When it is looked at next; nil when it is not any more.
    package var nextLookAt: Timestamp?
    /// When its totals were last read; nil before the first time.
    package var lookedAt: Timestamp?
    /// When it was found to be gone at the provider; what was read of it stays.
    package var deletedAt: Timestamp?
    /// Nil before the first look.
    package var totals: MailingTotals?

    static let columns = """
        m.id, m.account, m.mailing, m.name, m.sent_at, m.first_seen_at, m.next_look_at, m.looked_at, m.deleted_at,
        m.sent, m.opened, m.clicked, m.hard_bounced, m.soft_bounced, m.complained, m.opted_out, m.counted_at
        """

    init(_ row: SQLRow) {
        func moment(_ column: Int) -> Timestamp? { row.optionalInt(column).map(Timestamp.init(milliseconds:)) }
        id = row.int(0)
        account = AccountID(row.text(1))
        mailing = MailingID(row.text(2))
        name = row.text(3)
        sentAt = moment(4)
        firstSeenAt = Timestamp(milliseconds: row.int(5))
        nextLookAt = moment(6)
        lookedAt = moment(7)
        deletedAt = moment(8)
        guard let sent = row.optionalInt(9) else { return }
        func count(_ column: Int) -> Int { Int(row.optionalInt(column) ?? 0) }
        totals = MailingTotals(
            sent: Int(sent),
            opened: count(10),
            clicked: count(11),
            hardBounced: count(12),
            softBounced: count(13),
            complained: count(14),
            optedOut: count(15),
            countedAt: moment(16)
        )
    }
}
