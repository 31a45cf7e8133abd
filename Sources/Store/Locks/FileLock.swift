import Foundation

/// An exclusive lock that tasks and processes hold by `flock` on a file in the data directory.
///
/// It goes when the object goes or the process dies, however it dies, so nobody ever waits for the dead. Two tasks
/// of one process exclude each other like two processes.
///
/// ```swift
/// guard let role = try FileLock.tryAcquire("serve", in: dataDirectory) else { … another serve is running … }
/// ```
package final class FileLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Takes a lock if nobody holds it; nil when somebody does.
    ///
    /// - Parameters:
    ///   - name: the lock's name, such as `serve` or `refresh-constant-contact`.
    ///   - dataDirectory: the directory; its locks are in `locks/`.
    /// - Throws: `StoreError.cannotOpen` when the lock file cannot be made.
    package static func tryAcquire(_ name: String, in dataDirectory: String) throws -> FileLock? {
        let path = Self.path(of: name, in: dataDirectory)
        try DataDirectory.create((path as NSString).deletingLastPathComponent)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        var outcome = flock(descriptor, LOCK_EX | LOCK_NB)
        while outcome != 0, errno == EINTR { outcome = flock(descriptor, LOCK_EX | LOCK_NB) }
        if outcome == 0 {
            noteHolder(on: descriptor)
            return FileLock(descriptor: descriptor)
        }
        let isHeld = errno == EWOULDBLOCK
        let error = failure(path)
        close(descriptor)
        if isHeld { return nil }
        throw error
    }

    /// Takes a lock, waiting for whoever holds it.
    ///
    /// - Parameters:
    ///   - name: the lock's name.
    ///   - dataDirectory: the data directory.
    ///   - interval: how often it is tried.
    /// - Throws: `CancellationError` when the task is cancelled while it waits; `StoreError.cannotOpen`.
    package static func acquire(
        _ name: String,
        in dataDirectory: String,
        every interval: Duration = .milliseconds(20)
    ) async throws -> FileLock {
        while true {
            if let lock = try tryAcquire(name, in: dataDirectory) { return lock }
            try await Task.sleep(for: interval)
        }
    }

    /// The process that holds a lock or held it last, for messages only; nil when nobody ever did.
    package static func holder(of name: String, in dataDirectory: String) -> Int? {
        guard let content = FileManager.default.contents(atPath: path(of: name, in: dataDirectory)) else { return nil }
        return Int(String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Writes the process id into the lock file.
    private static func noteHolder(on descriptor: Int32) {
        let text = Array("\(getpid())\n".utf8)
        // Only for messages: a lock whose note failed is a lock all the same.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    /// Lock files are never removed: a file removed while another process opens it would be locked twice.
    private static func path(of name: String, in dataDirectory: String) -> String {
        let safe =
            name.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-_"))) ?? name
        return "\(dataDirectory)/locks/\(safe).lock"
    }

    private static func failure(_ path: String) -> StoreError {
        .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
}
