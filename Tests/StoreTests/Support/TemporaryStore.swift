import Reconciliation
import Store

/// A store in a directory of its own.
struct TemporaryStore {
    let directory: TemporaryDirectory
    let store: Store

    init() async throws {
        directory = try TemporaryDirectory()
        store = try await Store.open(dataDirectory: directory.file("data"))
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await store.database.write(body)
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> T) async throws -> T {
        try await store.database.read(body)
    }

    /// Connects a provider account of a name.
    func connect(_ name: String) async throws {
        _ = try await write { connection in
            try Accounts.connect(
                Account(name: AccountID(name), role: .provider, kind: "constant-contact", createdAt: .init(seconds: 1)),
                on: connection
            )
        }
    }
}
