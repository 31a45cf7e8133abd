import Crypto
import Foundation

/// The file of 32 random bytes under which secrets are sealed and addresses are hashed.
///
/// It lives outside the database, so that a stolen database gives up no secret, and is part of every backup.
package enum KeyFile {
    /// Bytes in a key file.
    package static let length = 32

    /// Reads the key; nil when there is no file.
    ///
    /// - Throws: `KeyError` when the file is readable to others, has another length or cannot be read.
    package static func read(at path: String) throws -> SymmetricKey? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw unusable(path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unusable(path) }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyError.openToOthers(path: path, mode: String(status.st_mode & 0o777, radix: 8))
        }
        // One byte more than a key, to tell a longer file.
        var bytes = [UInt8](repeating: 0, count: length + 1)
        let count = Foundation.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw unusable(path) }
        guard count == length else { throw KeyError.malformed(path: path) }
        return SymmetricKey(data: bytes.prefix(length))
    }

    /// Reads the key, after making the file with mode 0600 where there is none.
    ///
    /// The file appears whole or not at all, and of two processes that make it at once both get the same key.
    ///
    /// - Throws: `KeyError`.
    package static func readOrCreate(at path: String) throws -> SymmetricKey {
        if let key = try read(at: path) { return key }
        try create(at: path)
        guard let key = try read(at: path) else { throw KeyError.missing(path: path) }
        return key
    }

    /// Writes a new key beside its place and links it there, which fails harmlessly when another was quicker.
    private static func create(at path: String) throws {
        let key = SymmetricKey(size: .bits256)
        try write(key.withUnsafeBytes { Array($0) }, to: path)
    }

    /// Writes a key where there is none; the file appears whole or not at all.
    static func write(_ key: [UInt8], to path: String) throws {
        let draft = "\(path).\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unusable(path) }
        defer {
            close(descriptor)
            unlink(draft)
        }
        let written = Foundation.write(descriptor, key, key.count)
        guard written == length, fsync(descriptor) == 0 else { throw unusable(path) }
        guard link(draft, path) == 0 || errno == EEXIST else { throw unusable(path) }
        try syncDirectory(of: path)
    }

    /// Makes the file's name as durable as its content.
    static func syncDirectory(of path: String) throws {
        let directory = (path as NSString).deletingLastPathComponent
        let descriptor = open(directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unusable(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unusable(path) }
    }

    private static func unusable(_ path: String) -> KeyError {
        .unusable(path: path, reason: String(cString: strerror(errno)))
    }
}
