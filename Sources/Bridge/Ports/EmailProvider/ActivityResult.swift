import Reconciliation

/// How a bulk request ended.
package struct ActivityResult: Sendable, Hashable {
    /// False when it failed, was cancelled or timed out; some rows may have taken effect all the same.
    package var completed: Bool
    /// The provider's word for the state.
    package var state: String
    /// Errors of single rows: index into the rows of the request where it could be told, and the provider's text.
    package var rowErrors: [(index: Int?, text: String)]
    /// Rows that were not put on a list and are not named.
    package var unnamedRefusals: Int
    /// Rows that the provider read, where it says so; fewer than were sent means that a tail was dropped.
    package var rowsRead: Int?
    /// Contacts as the answer shows them, which need no reading back.
    package var contacts: [ProviderContact]

    package init(
        completed: Bool,
        state: String,
        rowErrors: [(index: Int?, text: String)] = [],
        unnamedRefusals: Int = 0,
        rowsRead: Int? = nil,
        contacts: [ProviderContact] = []
    ) {
        self.contacts = contacts
        self.completed = completed
        self.state = state
        self.rowErrors = rowErrors
        self.unnamedRefusals = unnamedRefusals
        self.rowsRead = rowsRead
    }

    package static func == (left: ActivityResult, right: ActivityResult) -> Bool {
        left.completed == right.completed && left.state == right.state
            && left.unnamedRefusals == right.unnamedRefusals && left.rowsRead == right.rowsRead
            && left.contacts == right.contacts
            && left.rowErrors.elementsEqual(right.rowErrors) { $0.index == $1.index && $0.text == $1.text }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(completed)
        hasher.combine(state)
        hasher.combine(unnamedRefusals)
        hasher.combine(rowsRead)
        hasher.combine(contacts)
        for error in rowErrors {
            hasher.combine(error.index)
            hasher.combine(error.text)
        }
    }
}
