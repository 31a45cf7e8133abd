import Store

/// A connection whose statements are noted, and changed where a guard is broken on purpose.
final class WatchedConnection: SQLConnection {
    private let inner: any SQLConnection
    private let watcher: (any CommitWatcher)?
    private let patch: StatementPatch?
    private let isWriting: Bool
    /// Whether a statement ran whose effect is looked at after the commit.
    private(set) var hasSomethingToSee = false

    init(_ inner: any SQLConnection, watcher: (any CommitWatcher)?, patch: StatementPatch?, isWriting: Bool) {
        self.inner = inner
        self.watcher = watcher
        self.patch = patch
        self.isWriting = isWriting
    }

    var changedRows: Int { inner.changedRows }
    var lastInsertedID: Int64 { inner.lastInsertedID }

    func execute(_ sql: SQL) throws {
        if !hasSomethingToSee, let watcher, watcher.isOfInterest(sql.text) { hasSomethingToSee = true }
        try inner.execute(patched(sql))
    }

    func forEach(_ sql: SQL, _ body: (SQLRow) throws -> Void) throws {
        try inner.forEach(patched(sql), body)
    }

    private func patched(_ sql: SQL) -> SQL {
        guard let patch else { return sql }
        return patch.apply(sql, isWriting: isWriting)
    }
}
