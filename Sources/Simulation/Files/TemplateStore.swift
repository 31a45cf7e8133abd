import Foundation
import GRDB
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
        let path = Store.databasePath(in: directory)
        // Its changes are in the file itself then, and the file says that they are.
        let queue = try DatabaseQueue(path: path)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
        try queue.close()
        database = try Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// Puts a fresh copy into a directory, in place of whatever is there.
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
        try removeErasures(in: directory)
        for left in [path + "-wal", path + "-shm"] where files.fileExists(atPath: left) {
            try files.removeItem(atPath: left)
        }
        try database.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Writes the template over the file that a former life left in a directory, while nobody holds a lock on it.
    ///
    /// - Parameters:
    ///   - directory: where the file is.
    ///   - life: a number that no former life on the file had.
    func renew(_ directory: String, life: UInt32) throws {
        try removeErasures(in: directory)
        var fresh = database
        // Who has pages of the file in memory forgets them where the file's change counter is another one. A life adds
        // to it once for each time that it is opened. https://www.sqlite.org/fileformat2.html#file_change_counter
        let counter = withUnsafeBytes(of: (life << 12).bigEndian) { Data($0) }
        for place in [24, 92] { fresh.replaceSubrange(place..<place + 4, with: counter) }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: Store.databasePath(in: directory)))
        try file.write(contentsOf: fresh)
        try file.truncate(atOffset: UInt64(fresh.count))
        try file.close()
    }

    private func removeErasures(in directory: String) throws {
        let path = ErasureList(besideKeyFile: keyFile(in: directory)).path
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }

    /// Where the key file of a life is looked for; the key itself is the template's.
    func keyFile(in directory: String) -> String { "\(directory)/secret.key" }
}
