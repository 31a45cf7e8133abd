/// How a row goes out in bulk.
package enum BulkKind: Int, Sendable, Hashable, CaseIterable {
    /// As every other.
    case whole
    /// It makes a contact.
    case creation
    /// It changes a contact that is there.
    case change
    /// It puts a contact on lists and changes nothing else.
    case membership
}
