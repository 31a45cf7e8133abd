import Foundation
import Store
import Testing

@Suite struct FileLockTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let command = "/usr/bin/flock"
    private static var hasCommand: Bool { FileManager.default.isExecutableFile(atPath: command) }

    @Test func excludesASecondHolder() throws {
        let first = try FileLock.tryAcquire("serve", in: directory.path)
        #expect(first != nil)
        #expect(try FileLock.tryAcquire("serve", in: directory.path) == nil)
        #expect(try FileLock.tryAcquire("other", in: directory.path) != nil)
        #expect(FileLock.holder(of: "serve", in: directory.path) == Int(getpid()))
        withExtendedLifetime(first) {}
    }

    @Test func letsGoWithTheObject() throws {
        var lock = try FileLock.tryAcquire("serve", in: directory.path)
        #expect(lock != nil)
        lock = nil
        #expect(try FileLock.tryAcquire("serve", in: directory.path) != nil)
    }

    @Test func keepsOddNamesInsideItsDirectory() throws {
        let lock = try FileLock.tryAcquire("../../a/b c", in: directory.path)
        #expect(lock != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["locks"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.file("locks")).count == 1)
    }

    @Test func waitsForItsTurn() async throws {
        let place = directory.path
        var held = try FileLock.tryAcquire("refresh", in: place)
        let next = Task { try await FileLock.acquire("refresh", in: place, every: .milliseconds(1)) }
        #expect(held != nil)
        held = nil
        withExtendedLifetime(try await next.value) {}
    }

    @Test func stopsWaitingWhenCancelled() async throws {
        let place = directory.path
        let held = try FileLock.tryAcquire("refresh", in: place)
        let next = Task { try await FileLock.acquire("refresh", in: place) }
        next.cancel()
        await #expect(throws: CancellationError.self) { try await next.value }
        withExtendedLifetime(held) {}
    }

    @Test(.enabled(if: FileLockTests.hasCommand))
    func excludesAnotherProcess() throws {
        func otherMayHaveIt() throws -> Bool {
            let other = Process()
            other.executableURL = URL(fileURLWithPath: Self.command)
            other.arguments = ["-n", directory.file("locks/serve.lock"), "true"]
            try other.run()
            other.waitUntilExit()
            return other.terminationStatus == 0
        }
        var lock = try FileLock.tryAcquire("serve", in: directory.path)
        #expect(lock != nil)
        #expect(try !otherMayHaveIt())
        lock = nil
        #expect(try otherMayHaveIt())
    }

    @Test(.enabled(if: FileLockTests.hasCommand))
    func isFreeWhenItsHolderWasKilled() async throws {
        withExtendedLifetime(try FileLock.tryAcquire("serve", in: directory.path)) {}
        let other = Process()
        let input = Pipe()
        other.executableURL = URL(fileURLWithPath: Self.command)
        other.arguments = ["--no-fork", directory.file("locks/serve.lock"), "cat"]
        other.standardInput = input
        try other.run()
        let place = directory.path
        // `try?` makes of both a failure and a held lock nil; the first test above would show a failure.
        try await until { (try? FileLock.tryAcquire("serve", in: place)) == nil }
        kill(other.processIdentifier, SIGKILL)
        let lock = try await FileLock.acquire("serve", in: place, every: .milliseconds(2))
        withExtendedLifetime(lock) {}
        other.waitUntilExit()
    }
}
