import Foundation
import Reconciliation
import Store

/// A data directory with its schema and its accounts, made once and copied for each life.
package final class TemplateStore: Sendable {
    package let sealer: Sealer
    private let database: Data

    /// Makes the template in a directory that the caller removes.
    package init(in directory: String, accounts: [Account]) async throws {
        let store = try await Store.open(dataDirectory: directory)
        try await store.database.write { connection in
            for account in accounts { _ = try Accounts.connect(account, on: connection) }
        }
        sealer = store.sealer
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
        let erasures = ErasureList(besideKeyFile: keyFile(in: directory)).path
        for left in [path + "-wal", path + "-shm", erasures] where files.fileExists(atPath: left) {
            try files.removeItem(atPath: left)
        }
        try database.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Where the key file of a life is looked for; the key itself is the template's.
    func keyFile(in directory: String) -> String { "\(directory)/secret.key" }
}
