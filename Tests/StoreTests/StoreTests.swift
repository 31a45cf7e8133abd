import Foundation
import Reconciliation
import Store
import Testing

@Suite struct StoreTests {
    private let directory: TemporaryDirectory
    private let place: String

    init() throws {
        directory = try TemporaryDirectory()
        place = directory.file("data")
    }

    @Test func opensTheSameStateAgain() async throws {
        let address = Address(compared: "ada@example.org")
        let hash: [UInt8]
        do {
            let store = try await Store.open(dataDirectory: place)
            hash = store.sealer.keyedHash(address)
            try await store.database.write { try Settings.set("a", to: "b", on: $0) }
            store.close()
        }
        let store = try await Store.open(dataDirectory: place)
        #expect(try await store.database.read { try Settings.text("a", on: $0) } == "b")
        #expect(store.sealer.keyedHash(address) == hash)
        #expect(try await store.integrityProblem() == nil)
    }

    @Test func makesEverythingForItsOwnerOnly() async throws {
        let store = try await Store.open(dataDirectory: place)
        let lock = try store.tryLock("serve")
        #expect(lock != nil)
        #expect(try permissions(of: place) == 0o700)
        let names = try FileManager.default.subpathsOfDirectory(atPath: place)
        #expect(names.contains("causeway.sqlite") && names.contains("secret.key"))
        for name in names {
            #expect(try permissions(of: "\(place)/\(name)") & 0o077 == 0, "\(name)")
        }
    }

    @Test func refusesAnotherKey() async throws {
        let store = try await Store.open(dataDirectory: place)
        store.close()
        let other = directory.file("other.key")
        _ = try KeyFile.readOrCreate(at: other)
        await #expect(throws: KeyError.wrongKey(path: other)) {
            try await Store.open(dataDirectory: place, keyFile: other)
        }
    }

    @Test func makesNoNewKeyForASealedDatabase() async throws {
        let store = try await Store.open(dataDirectory: place)
        store.close()
        let key = "\(place)/secret.key"
        try FileManager.default.removeItem(atPath: key)
        await #expect(throws: KeyError.missing(path: key)) { try await Store.open(dataDirectory: place) }
        #expect(!FileManager.default.fileExists(atPath: key))
    }

    @Test func opensForManyAtOnce() async throws {
        let place = place
        let checks = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 { group.addTask { try await Store.open(dataDirectory: place).sealer.checkValue } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(checks.count == 1)
    }

    @Test func whoOnlyReadsMakesNoStore() async throws {
        let directory = try TemporaryDirectory()
        let missing = directory.file("mistyped")
        await #expect(throws: StoreError.noStore(dataDirectory: missing)) {
            try await Store.open(dataDirectory: missing, makesMissing: false)
        }
        await #expect(throws: StoreError.noStore(dataDirectory: directory.path)) {
            try await Store.open(dataDirectory: directory.path, makesMissing: false)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
        await (try await Store.open(dataDirectory: missing)).closeAndWait()
        await (try await Store.open(dataDirectory: missing, makesMissing: false)).closeAndWait()
    }
}
