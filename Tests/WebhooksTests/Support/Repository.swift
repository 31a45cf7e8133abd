import Foundation

/// Files of the repository that tests replay.
enum Repository {
    static let webhooks = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "webhooks")

    /// The sample bodies of a source, by file name.
    static func samples(of source: String) throws -> [String: [UInt8]] {
        let folder = webhooks.appending(path: "\(source)/samples")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try Dictionary(
            uniqueKeysWithValues: files.map {
                ($0.deletingPathExtension().lastPathComponent, Array(try Data(contentsOf: $0)))
            }
        )
    }
}
