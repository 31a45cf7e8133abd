import Reconciliation

/// A contact that the shadow has, by both of its names.
package struct ContactReference: Sendable, Hashable, Codable {
    package var id: ContactID
    package var address: Address

    package init(_ id: ContactID, _ address: Address) {
        self.id = id
        self.address = address
    }
}
