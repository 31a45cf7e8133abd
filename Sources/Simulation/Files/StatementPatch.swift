import Store
import Synchronization

/// A guard in the store that is broken on purpose: one statement that runs as another.
package final class StatementPatch: Sendable {
    private let isMeant: @Sendable (SQL, Bool) -> Bool
    private let replacement: @Sendable (SQL) -> SQL
    private let uses = Atomic<Int>(0)

    /// Breaks a guard.
    ///
    /// - Parameter isMeant: which statements are changed, and whether they run in a transaction that writes.
    package init(
        _ isMeant: @escaping @Sendable (SQL, Bool) -> Bool,
        becomes replacement: @escaping @Sendable (SQL) -> SQL
    ) {
        self.isMeant = isMeant
        self.replacement = replacement
    }

    /// How often a statement was changed.
    package var count: Int { uses.load(ordering: .relaxed) }

    func apply(_ sql: SQL, isWriting: Bool) -> SQL {
        guard isMeant(sql, isWriting) else { return sql }
        uses.add(1, ordering: .relaxed)
        return replacement(sql)
    }
}
