/// One step of the schema, run once in the life of a database.
///
/// Steps are only ever appended, and one that has been released never changes.
package struct Migration: Sendable {
    /// The step's name, kept in the database for good.
    package let name: String
    /// Makes the change, inside the transaction that records it.
    package let body: @Sendable (any SQLConnection) throws -> Void

    package init(name: String, body: @escaping @Sendable (any SQLConnection) throws -> Void) {
        self.name = name
        self.body = body
    }
}
