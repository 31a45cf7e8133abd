import Foundation

/// A small file system of a test's own, which can be full or read-only.
struct SmallDisk: Sendable {
    let path: String

    /// Mounts one.
    ///
    /// - Returns: nil where mounts are not permitted.
    static func mount(in folder: TemporaryFolder, megabytes: Int, readOnly: Bool = false) async throws -> SmallDisk? {
        let path = folder.file("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let options = "size=\(megabytes)m,mode=0700" + (readOnly ? ",ro" : "")
        let outcome = try await Program.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path])
        return outcome.status == 0 ? SmallDisk(path: path) : nil
    }

    /// Copies a folder's files onto it.
    func adopt(_ folder: String) async throws {
        let outcome = try await Program.run(["cp", "-a", "\(folder)/.", path])
        guard outcome.status == 0 else { throw CommandFailed(command: "cp", outcome: outcome) }
    }

    /// Takes all the room that is left.
    func fill() throws {
        guard FileManager.default.createFile(atPath: "\(path)/filling", contents: nil) else { return }
        let handle = try FileHandle(forWritingTo: URL(filePath: "\(path)/filling"))
        for size in [1 << 16, 1 << 12] {
            while (try? handle.write(contentsOf: Data(count: size))) != nil {}
        }
    }

    /// Gives the room back.
    func free() throws {
        try FileManager.default.removeItem(atPath: "\(path)/filling")
    }

    /// Takes it away, also while files are open on it.
    func unmount() async throws {
        _ = try await Program.run(["umount", "--lazy", path])
    }
}
