/// The kinds of write that are stored as intents, one for each shape of payload.
enum IntentKind: String, Sendable {
    /// The opt-out flag or the undeliverable mark; one row for each record, its payload a `CRMWrite`.
    case crmWrite = "crm-write"
    /// A member's status; one row for each member, its payload a `StatusWrite`.
    case memberStatus = "member-status"
    /// A `BulkPayload`; one row for each address, its payload an `UpsertRow`.
    case upsert
    /// A `BulkPayload`; one row for each contact, its payload the contact's id.
    case remove
    /// One contact; its row's payload is the `OwnUnsubscribe` that would take it back, or says that nothing was written.
    case unsubscribe
    /// A `BulkPayload`; one contact, with nothing in its row.
    case resubscribe
    /// One contact and its two addresses: the row of the new one has an `AddressChange.Written`, that of the old one
    /// nothing.
    case changeAddress = "change-address"
    /// One list; its row's payload is the name.
    case createList = "create-list"
}
