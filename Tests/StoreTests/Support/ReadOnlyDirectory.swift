import Foundation

/// A directory that nobody can write into, root included.
struct ReadOnlyDirectory {
    let path: String
    private let isMounted: Bool

    /// Makes one: by its mode, and for root as a file system that is mounted read-only.
    ///
    /// - Returns: nil where root may not mount.
    static func make(in directory: TemporaryDirectory) throws -> ReadOnlyDirectory? {
        let path = directory.file("locked")
        let isRoot = geteuid() == 0
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o500]
        )
        guard isRoot else { return ReadOnlyDirectory(path: path, isMounted: false) }
        guard try run("mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", path) else { return nil }
        return ReadOnlyDirectory(path: path, isMounted: true)
    }

    /// Takes it away again.
    func remove() throws {
        if isMounted { _ = try Self.run("umount", "-l", path) }
    }

    private static func run(_ arguments: String...) throws -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
