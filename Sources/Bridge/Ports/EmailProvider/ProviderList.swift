import Reconciliation

/// A list of an account.
package struct ProviderList: Sendable, Hashable {
    package var id: ListID
    package var name: String
    package var description: String

    package init(id: ListID, name: String, description: String = "") {
        self.id = id
        self.name = name
        self.description = description
    }
}
