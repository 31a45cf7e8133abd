/// The account behind credentials.
package struct ProviderIdentity: Sendable, Hashable {
    /// The provider's own id of the account; pinned by `connect`.
    package var accountID: String
    package var organisation: String

    package init(accountID: String, organisation: String) {
        self.accountID = accountID
        self.organisation = organisation
    }
}
