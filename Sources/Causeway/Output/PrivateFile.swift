import Foundation

/// Files with personal data in them: readable to their owner alone, and there whole or not at all.
enum PrivateFile {
    /// Writes a text, replacing the file that is there.
    static func write(_ text: String, to path: String) throws {
        let draft = "\(path).\(getpid()).part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unusable(path) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data(text.utf8))
            try handle.synchronize()
            try handle.close()
        } catch {
            unlink(draft)
            throw Failure("\(path) cannot be written: \(error.localizedDescription)")
        }
        guard rename(draft, path) == 0 else {
            let failure = unusable(path)
            unlink(draft)
            throw failure
        }
    }

    /// Reads a file.
    static func read(_ path: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("\(path) cannot be read: it is not there, or not yours to read")
        }
        return data
    }

    private static func unusable(_ path: String) -> Failure {
        Failure("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
