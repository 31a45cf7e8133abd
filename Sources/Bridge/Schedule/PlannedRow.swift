import Reconciliation

/// One row of a dry run: what would be done about one address, and why.
package struct PlannedRow: Sendable, Hashable {
    /// What would be done, in the stable words of `causeway plan --json`.
    package enum Action: String, Sendable, Hashable, CaseIterable {
        case setFlag = "set-flag"
        case clearFlag = "clear-flag"
        case setMark = "set-undeliverable"
        case clearMark = "clear-undeliverable"
        case setStatus = "set-status"
        case restoreStatus = "restore-status"
        case upsert
        case remove
        case unsubscribe
        case resubscribe
        case changeAddress = "change-address"
        /// Nothing can be done.
        case park
        /// Somebody has to decide first; the code is the hold's rule.
        case hold
        /// Something is to be done once what is under way for the address has ended.
        case wait
    }

    package var action: Action
    package var address: Address
    /// The account that is written to.
    package var account: AccountID
    /// What is written, such as `person 4711`, `member 77120` or `contact a7b1…`; nil for a contact that is not known.
    package var subject: String?
    /// The names of the lists that it is about.
    package var lists: [String]
    package var reason: String
    /// The bounded code of a parked row, or the rule of a hold.
    package var code: String?

    package init(
        _ action: Action,
        address: Address,
        account: AccountID,
        subject: String?,
        lists: [String] = [],
        reason: String,
        code: String? = nil
    ) {
        self.action = action
        self.address = address
        self.account = account
        self.subject = subject
        self.lists = lists
        self.reason = reason
        self.code = code
    }
}
