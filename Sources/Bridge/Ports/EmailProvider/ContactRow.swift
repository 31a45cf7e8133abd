import Reconciliation

/// What is sent of one contact.
package struct ContactRow: Sendable, Hashable, Codable {
    /// The address as typed.
    package var email: String
    package var firstName: String
    package var lastName: String
    /// Values by the provider's field name, those of `ProviderTraits.recordFields` among them.
    ///
    /// An empty value clears, where the provider can. Where the account does not have a field for the record, its value is
    /// left out.
    package var fields: [String: String]
    /// The contact's id where the shadow has it; nil as well where the provider does not ask (`tellsKnownRows`).
    package var known: ContactID?
    /// Whether the contact is known to hold the row's values already, so that only its lists change.
    package var isHeld = false

    package init(email: String, firstName: String, lastName: String, fields: [String: String] = [:]) {
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.fields = fields
    }
}
