import Crypto
import Foundation
import Store
import Testing

@Suite struct KeyFileTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("secret.key")
    }

    @Test func makesAKeyForItsOwnerOnly() throws {
        #expect(try KeyFile.read(at: path) == nil)
        let key = try KeyFile.readOrCreate(at: path)
        #expect(key.bitCount == 256)
        #expect(try permissions(of: path) == 0o600)
        #expect(try KeyFile.readOrCreate(at: path) == key)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["secret.key"])
    }

    @Test func makesOneKeyForManyAtOnce() async throws {
        let path = path
        let keys = try await withThrowingTaskGroup(of: SymmetricKey.self) { group in
            for _ in 0..<20 { group.addTask { try KeyFile.readOrCreate(at: path) } }
            return try await group.reduce(into: [SymmetricKey]()) { $0.append($1) }
        }
        #expect(keys.allSatisfy { $0 == keys.first })
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644])
    func refusesAKeyThatOthersMayRead(mode: Int) throws {
        _ = try KeyFile.readOrCreate(at: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(throws: KeyError.openToOthers(path: path, mode: String(mode, radix: 8))) {
            try KeyFile.read(at: path)
        }
    }

    @Test(arguments: [0, 31, 33, 64])
    func refusesAFileOfAnotherLength(length: Int) throws {
        try Data(repeating: 1, count: length).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: KeyError.malformed(path: path)) { try KeyFile.read(at: path) }
    }
}
