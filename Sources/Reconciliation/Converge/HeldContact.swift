/// What an account holds of one contact, as far as a digest asks: from the shadow, or as it was read back.
package struct HeldContact: Sendable, Hashable {
    package var isUnsubscribed: Bool
    /// The managed lists that the contact is on.
    package var lists: [ListID]
    package var firstName: String
    package var lastName: String
    /// Values of own fields, by the provider's name.
    package var fields: [String: String]

    /// What is held of a contact; nil of one that is deleted.
    package init?(_ contact: ProviderContact, under rules: AccountRules) {
        if contact.isDeleted { return nil }
        isUnsubscribed = contact.permission == .unsubscribed
        lists = contact.lists.filter { rules.manages($0) }.sorted()
        firstName = contact.firstName
        lastName = contact.lastName
        fields = [:]
        for mapping in rules.mappings { fields[mapping.field] = contact.fields[mapping.field] }
        for name in rules.recordFields?.names ?? [] { fields[name] = contact.fields[name] }
    }
}
