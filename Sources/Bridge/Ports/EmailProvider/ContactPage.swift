import Reconciliation

/// One page of contacts, each with its lists.
package struct ContactPage: Sendable {
    package var contacts: [ProviderContact]
    /// What to pass for the next page; nil after the last one.
    package var next: String?
    /// The server's own time of the answer, where it says so.
    package var serverTime: Timestamp?

    package init(contacts: [ProviderContact], next: String?, serverTime: Timestamp?) {
        self.contacts = contacts
        self.next = next
        self.serverTime = serverTime
    }
}
