import Foundation
import Reconciliation
import Store

/// A data directory with its schema and its accounts, made once and copied for each life.
package final class TemplateStore: Sendable {
    package let sealer: Sealer
    package let keyFile: String
    private let database: Data

    /// Makes the template in a directory that the caller removes.
    package init(in directory: String, accounts: [Account]) async throws {
        let store = try await Store.open(dataDirectory: directory)
        try await store.database.write { connection in
            for account in accounts { _ = try Accounts.connect(account, on: connection) }
        }
        sealer = store.sealer
        keyFile = store.keyFile
        await store.closeAndWait()
        database = try Data(contentsOf: URL(fileURLWithPath: Store.databasePath(in: directory)))
    }

    /// Puts a fresh copy into a directory, in place of whatever a former life left there.
    ///
    /// - Returns: the path of the database.
    package func copy(to directory: String) throws -> String {
        let files = FileManager.default
        let path = Store.databasePath(in: directory)
        try files.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        for suffix in ["-wal", "-shm"] where files.fileExists(atPath: path + suffix) {
            try files.removeItem(atPath: path + suffix)
        }
        try database.write(to: URL(fileURLWithPath: path))
        return path
    }
}
