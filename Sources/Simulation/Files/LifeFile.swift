import Foundation
import GRDB
import Store

// GRDB has a name like it.
import class Store.SQLiteConnection

/// The SQLite file that lives are lived on, one after the other, and the connection to it.
///
/// The connection outlives lives, and most deaths within one: statements that are prepared once more for each would be
/// nearly half of the lives' time. Nothing of a life can reach the next by it:
/// - A process that dies leaves of its transaction what `ROLLBACK` leaves of it, and a connection keeps nothing else
///   between transactions: the engine makes no temporary tables, and sets nothing on its connection.
/// - A new life begins on the template's bytes. They are written in place while the connection holds no lock, with
///   another change counter, which is how SQLite finds out that somebody else wrote the file and forgets its pages.
/// - The schema is the same in every life, so statements mean what they meant.
///
/// Some deaths are followed by a new connection all the same; see `World.restart()`.
///
/// `@unchecked Sendable`: GRDB's queue serialises every access, and the connection is touched inside accesses alone; one
/// task lives the lives, and opens and renews the file between accesses.
package final class LifeFile: @unchecked Sendable {
    let template: TemplateStore
    /// The data directory that the file is in.
    let directory: String
    private let path: String
    private var queue: DatabaseQueue
    private var connection: SQLiteConnection?
    private var lives: UInt32 = 0

    /// Makes a file as the template has it.
    ///
    /// - Parameters:
    ///   - directory: its data directory, made where it is not there.
    ///   - template: what each life begins with.
    package init(in directory: String, template: TemplateStore) throws {
        self.directory = directory
        self.template = template
        path = try template.copy(to: directory)
        queue = try Self.open(path)
    }

    deinit {
        // Its statements go before what they were prepared on.
        connection = nil
    }

    /// Puts everything back to the template, for a new life.
    func renew() throws {
        lives += 1
        try queue.writeWithoutTransaction { database in
            // The lock goes at the end of the next statement that reads.
            try database.execute(sql: "PRAGMA locking_mode = NORMAL")
            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")
        }
        try template.renew(directory, life: lives)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    }

    /// Closes the file and opens it again, as a new process would.
    func reopen() throws {
        connection = nil
        try queue.close()
        queue = try Self.open(path)
    }

    /// Lends the connection.
    func access<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try queue.writeWithoutTransaction { database in
            let open = try connection ?? SQLiteConnection(database, path: path, keptStatements: 4096)
            connection = open
            return try body(open)
        }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "causeway-simulate"
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { database in
            // Nobody else has the file open during a life. What is committed is in it at once, and what is not is
            // undone from memory: nothing but power failures, which end no process, would need more.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try database.execute(sql: "PRAGMA journal_mode = MEMORY")
            try database.execute(sql: "PRAGMA synchronous = OFF")
            // As the product has it: most queries of several addresses make a small table of them, and each such table
            // sets pages aside where it might have to go to a file.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        return queue
    }
}
