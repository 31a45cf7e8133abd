import Foundation

/// The directory that holds the database, the key file and the locks.
package enum DataDirectory {
    /// Makes a directory, and those above it, readable to nobody else (0700).
    ///
    /// One that exists is left as it is.
    ///
    /// - Parameter path: an empty path is the current directory.
    /// - Throws: `StoreError.cannotOpen`.
    package static func create(_ path: String) throws {
        guard !path.isEmpty, !FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw StoreError.cannotOpen(
                path: path,
                reason: "the directory cannot be made: \(error.localizedDescription)"
            )
        }
    }
}
