/// What an unsubscribe of Causeway's is known by.
enum OpenUnsubscribe {
    /// The payload of its row before the contact was read for it; afterwards it is an `OwnUnsubscribe`.
    static let notRead = "{}"
    /// The reason that is given to the provider, and by which the contact shows whose doing it was.
    static let reason = "Opted out in the CRM or elsewhere"
}
