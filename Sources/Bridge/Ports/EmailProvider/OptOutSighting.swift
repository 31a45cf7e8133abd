import Reconciliation

/// An opt-out that a provider's history of a contact shows.
package struct OptOutSighting: Sendable, Hashable {
    /// The provider's stamp; nil where it gives none.
    package var occurredAt: Timestamp?
    /// What it happened at, such as the id of the mailing.
    package var reference: String

    package init(occurredAt: Timestamp?, reference: String) {
        self.occurredAt = occurredAt
        self.reference = reference
    }
}
