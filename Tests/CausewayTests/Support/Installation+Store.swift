import Foundation
import Reconciliation
import Store

extension Installation {
    /// How many rows the inbox has of a delivery's id.
    func inboxRows(id: String) async throws -> Int64 {
        try await withStore { store in
            try await store.database.read { connection in
                try connection.value("SELECT count(*) FROM inbox WHERE delivery_id = \(id)") ?? 0
            }
        }
    }

    /// Opens the data directory beside whatever runs on it.
    func withStore<Value>(_ body: (Store) async throws -> Value) async throws -> Value {
        let store = try await Store.open(dataDirectory: dataDirectory)
        do {
            let value = try await body(store)
            await store.closeAndWait()
            return value
        } catch {
            await store.closeAndWait()
            throw error
        }
    }
}
