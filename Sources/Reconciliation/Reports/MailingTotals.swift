/// The totals of one mailing, in people: who opened twice counts once.
package struct MailingTotals: Hashable, Sendable {
    package var sent: Int
    package var opened: Int
    package var clicked: Int
    package var hardBounced: Int
    package var softBounced: Int
    package var complained: Int
    package var optedOut: Int
    /// When the provider counted, where it says so; figures trail behind.
    package var countedAt: Timestamp?

    package init(
        sent: Int = 0,
        opened: Int = 0,
        clicked: Int = 0,
        hardBounced: Int = 0,
        softBounced: Int = 0,
        complained: Int = 0,
        optedOut: Int = 0,
        countedAt: Timestamp? = nil
    ) {
        self.sent = sent
        self.opened = opened
        self.clicked = clicked
        self.hardBounced = hardBounced
        self.softBounced = softBounced
        self.complained = complained
        self.optedOut = optedOut
        self.countedAt = countedAt
    }

    /// What was sent and did not come back.
    package var delivered: Int { max(0, sent - hardBounced - softBounced) }

    /// The total of one act.
    package func count(_ act: MailingAct) -> Int {
        switch act {
        case .sent: sent
        case .opened: opened
        case .clicked: clicked
        case .hardBounced: hardBounced
        case .softBounced: softBounced
        case .complained: complained
        case .optedOut: optedOut
        }
    }
}
