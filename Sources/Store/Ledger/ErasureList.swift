import Foundation
import Reconciliation

/// The list of erasures beside the key file: what was erased stays so when an older backup is restored.
///
/// One line for each: the keyed hash of the address, the moment in milliseconds, and which key made the hash. It says
/// nothing about an address without that key.
package struct ErasureList: Sendable {
    /// One erasure.
    package struct Entry: Sendable, Hashable {
        package var hash: [UInt8]
        package var at: Timestamp
        /// The check value of the key under which the address was hashed.
        package var key: String
    }

    /// Where the list is.
    package let path: String

    /// The list that belongs to a key file.
    package init(besideKeyFile keyFile: String) {
        path = keyFile + ".erasures"
    }

    /// The entries, oldest first; a last line that a crash cut short is no entry.
    ///
    /// - Throws: `KeyError.unusable` when the file is there and cannot be read.
    package func entries() throws -> [Entry] {
        guard access(path, F_OK) == 0 else { return [] }
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw KeyError.unusable(path: path, reason: "\(error.localizedDescription)")
        }
        return text.split(separator: "\n", omittingEmptySubsequences: true).compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 3, let hash = Hexadecimal.bytes(parts[0]), hash.count == 32,
                let moment = Int64(parts[1])
            else { return nil }
            return Entry(hash: hash, at: Timestamp(milliseconds: moment), key: String(parts[2]))
        }
    }

    /// Adds an entry, on disk before it returns.
    ///
    /// - Throws: `KeyError.unusable`.
    package func append(_ entry: Entry) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unusable }
        defer { close(descriptor) }
        var line = "\(Hexadecimal.text(entry.hash)) \(entry.at.milliseconds) \(entry.key)\n"
        if try !endsWithLine(descriptor) { line = "\n" + line }
        let bytes = Array(line.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else { throw unusable }
        try KeyFile.syncDirectory(of: path)
    }

    /// Whether the file is empty or its last line is whole.
    private func endsWithLine(_ descriptor: Int32) throws -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unusable }
        guard status.st_size > 0 else { return true }
        var last: UInt8 = 0
        guard pread(descriptor, &last, 1, status.st_size - 1) == 1 else { throw unusable }
        return last == 0x0a
    }

    private var unusable: KeyError { .unusable(path: path, reason: String(cString: strerror(errno))) }
}
