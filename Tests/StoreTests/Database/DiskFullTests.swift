import Foundation
import Store
import Testing

@Suite struct DiskFullTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func isCannotCommit(_ error: (any Error)?) -> Bool {
        if case .cannotCommit? = error as? StoreError { true } else { false }
    }

    @Test func writesNothingByHalves() async throws {
        let database = try await SQLiteDatabase.open(at: directory.file("test.sqlite"))
        try await database.write { connection in
            try connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB)")
            try connection.execute("PRAGMA max_page_count = 50")
        }
        let error = await #expect(throws: StoreError.self) {
            try await database.write { connection in
                for _ in 0..<100 {
                    try connection.execute("INSERT INTO item (body) VALUES (\([UInt8](repeating: 7, count: 4_000)))")
                }
            }
        }
        #expect(isCannotCommit(error))
        #expect(try await database.read { try $0.value("SELECT count(*) FROM item") } == 0)
        try await database.write { try $0.execute("PRAGMA max_page_count = 5000") }
        try await database.write { try $0.execute("INSERT INTO item (body) VALUES (\([UInt8]([1])))") }
        #expect(try await database.read { try $0.value("SELECT count(*) FROM item") } == 1)
        #expect(try await database.integrityProblem() == nil)
    }

    @Test func doesNotCommitWhatABodyDidAfterSwallowingTheError() async throws {
        let database = try await SQLiteDatabase.open(at: directory.file("test.sqlite"))
        try await database.write { connection in
            try connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB)")
            try connection.execute("PRAGMA max_page_count = 50")
        }
        let stored = try? await database.write { connection in
            for _ in 0..<100 {
                do {
                    let body = [UInt8](repeating: 7, count: 4_000)
                    try connection.execute("INSERT INTO item (body) VALUES (\(body))")
                } catch is StoreError {
                    continue
                }
            }
            return try connection.value("SELECT count(*) FROM item")
        }
        let found = try await database.read { try $0.value("SELECT count(*) FROM item") }
        #expect(found == (stored ?? 0))
    }

    /// A file system of one megabyte, where this process may mount one.
    private func smallDisk() throws -> String? {
        guard geteuid() == 0 else { return nil }
        let place = directory.file("disk")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        let mount = Process()
        mount.executableURL = URL(fileURLWithPath: "/bin/mount")
        mount.arguments = ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place]
        mount.standardError = FileHandle.nullDevice
        try mount.run()
        mount.waitUntilExit()
        return mount.terminationStatus == 0 ? place : nil
    }

    private func removeDisk(_ place: String) throws {
        let unmount = Process()
        unmount.executableURL = URL(fileURLWithPath: "/bin/umount")
        unmount.arguments = ["-l", place]
        try unmount.run()
        unmount.waitUntilExit()
    }

    @Test func keepsExactlyWhatItSaidWasKept() async throws {
        guard let place = try smallDisk() else { return }
        defer { #expect(throws: Never.self) { try removeDisk(place) } }
        let path = "\(place)/test.sqlite"
        let database = try await SQLiteDatabase.open(at: path)
        try await Migrator().run(on: database, path: path)
        try await database.write { try $0.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, body BLOB)") }
        let accepted = await withTaskGroup(of: Int64?.self) { group in
            for number in Int64(1)...600 {
                group.addTask {
                    do {
                        try await database.write { connection in
                            let body = [UInt8](repeating: 1, count: 3_000)
                            try connection.execute("INSERT INTO item (id, body) VALUES (\(number), \(body))")
                        }
                        return number
                    } catch {
                        #expect(isCannotCommit(error), "\(error)")
                        return nil
                    }
                }
            }
            return await group.reduce(into: Set<Int64>()) { accepted, id in
                if let id { accepted.insert(id) }
            }
        }
        #expect(!accepted.isEmpty)
        #expect(accepted.count < 600)
        let kept = try await database.read { try $0.rows("SELECT id FROM item") { $0.int(0) } }
        #expect(Set(kept) == accepted)
        let copy = directory.file("copy.sqlite")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try FileManager.default.copyItem(atPath: path + "-wal", toPath: copy + "-wal")
        let revived = try await SQLiteDatabase.open(at: copy)
        #expect(try await revived.integrityProblem() == nil)
        #expect(Set(try await revived.read { try $0.rows("SELECT id FROM item") { $0.int(0) } }) == accepted)
    }
}
