import Foundation

/// The durable state of one data directory: its database, and the key under which its secrets are sealed.
///
/// ```swift
/// let store = try await Store.open(dataDirectory: "./causeway-data")
/// let counts = try await store.database.read { try Inbox.counts(on: $0) }
/// ```
package final class Store: Sendable {
    /// The directory that holds everything.
    package let dataDirectory: String
    package let database: any SQLDatabase
    package let sealer: Sealer
    /// The file with the key.
    package let keyFile: String
    /// Nil for a database that somebody else opened and closes.
    private let sqlite: SQLiteDatabase?

    private init(dataDirectory: String, keyFile: String, sqlite: SQLiteDatabase, sealer: Sealer) {
        self.dataDirectory = dataDirectory
        self.keyFile = keyFile
        self.database = sqlite
        self.sqlite = sqlite
        self.sealer = sealer
    }

    /// A store on a database that was opened elsewhere, as a simulated world does; closing it is up to who opened it.
    package init(dataDirectory: String, keyFile: String, database: any SQLDatabase, sealer: Sealer) {
        self.dataDirectory = dataDirectory
        self.keyFile = keyFile
        self.database = database
        self.sqlite = nil
        self.sealer = sealer
    }

    /// Opens a data directory, making what is missing, and brings its schema up to date.
    ///
    /// Several processes may have it open; roles among them are taken with `lock`.
    ///
    /// - Parameters:
    ///   - dataDirectory: made with mode 0700 where there is none.
    ///   - keyFile: the key file; nil for `secret.key` in the data directory. Made on first use.
    ///   - makesMissing: whether to make a store where there is none; if not, that is an error and nothing is made.
    /// - Throws: `StoreError` for the database, `KeyError` for the key; both say what to do.
    package static func open(
        dataDirectory: String,
        keyFile: String? = nil,
        makesMissing: Bool = true
    ) async throws -> Store {
        let path = databasePath(in: dataDirectory)
        guard makesMissing || FileManager.default.fileExists(atPath: path) else {
            throw StoreError.noStore(dataDirectory: dataDirectory)
        }
        guard !FileManager.default.fileExists(atPath: Restoration.replacement(in: dataDirectory)) else {
            throw StoreError.restoreCutOff(dataDirectory: dataDirectory)
        }
        try DataDirectory.create(dataDirectory)
        let database = try await SQLiteDatabase.open(at: path)
        do {
            try await Migrator().run(on: database, path: path)
            let keyFile = keyFile ?? defaultKeyFile(in: dataDirectory)
            let sealer = try await unlock(database, keyFile: keyFile)
            try await chain(database, keys: sealer.ledgerKeys)
            let store = Store(dataDirectory: dataDirectory, keyFile: keyFile, sqlite: database, sealer: sealer)
            try await store.applyMissingErasures()
            return store
        } catch {
            database.close()
            throw error
        }
    }

    /// Where the database of a data directory is.
    package static func databasePath(in dataDirectory: String) -> String {
        "\(dataDirectory)/causeway.sqlite"
    }

    /// Where the key of a data directory is, unless it is said otherwise.
    package static func defaultKeyFile(in dataDirectory: String) -> String {
        "\(dataDirectory)/secret.key"
    }

    /// Takes no more work; what waits is still done.
    package func close() {
        sqlite?.close()
    }

    /// Closes and waits until every connection is closed, which leaves all that is stored in the database file.
    package func closeAndWait() async {
        await sqlite?.closeAndWait()
    }

    /// What SQLite's quick check finds wrong with the database; nil when it finds nothing.
    package func integrityProblem() async throws -> String? {
        try await sqlite?.integrityProblem()
    }

    /// Takes a lock of this data directory if nobody holds it; nil when somebody does.
    package func tryLock(_ name: String) throws -> FileLock? {
        try FileLock.tryAcquire(name, in: dataDirectory)
    }

    /// Takes a lock of this data directory, waiting for whoever holds it.
    ///
    /// - Throws: `CancellationError`; `StoreError.cannotOpen`.
    package func lock(_ name: String) async throws -> FileLock {
        try await FileLock.acquire(name, in: dataDirectory)
    }

    /// Reads the key and holds it against the check value that the database has of it.
    ///
    /// A new key is made only for a database that was never sealed.
    private static func unlock(_ database: SQLiteDatabase, keyFile: String) async throws -> Sealer {
        let known = try await database.read { try Settings.text(checkSetting, on: $0) }
        let key = known == nil ? try KeyFile.readOrCreate(at: keyFile) : try KeyFile.read(at: keyFile)
        guard let key else { throw KeyError.missing(path: keyFile) }
        let sealer = Sealer(key: key)
        let check = sealer.checkValue
        var agreed = known
        if agreed == nil {
            agreed = try await database.write { try Settings.textOrSet(checkSetting, check, on: $0) }
        }
        guard agreed == check else { throw KeyError.wrongKey(path: keyFile) }
        return sealer
    }

    /// Chains the ledger of a database that is older than its chain: a step of the schema that needs the key.
    private static func chain(_ database: SQLiteDatabase, keys: LedgerKeys) async throws {
        let isChained = try await database.read { try $0.value("SELECT 1 FROM ledger_head WHERE id = 1") != nil }
        if isChained { return }
        try await database.write { try LedgerChain.complete(keys: keys, in: $0) }
    }

    /// The setting that tells the key under which a database was sealed.
    static let checkSetting = "key.check"
}
