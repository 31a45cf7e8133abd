/// Decides when files that change have settled.
struct FileWatch {
    /// The stamps at the last look.
    private var seen: [FileStamp?] = []

    /// Takes in a look at the files.
    ///
    /// - Parameters:
    ///   - stamps: What the files look like now.
    ///   - loaded: What they looked like when they were last read.
    /// - Returns: Whether they differ from what was read, and have not changed since the last look.
    mutating func looked(at stamps: [FileStamp?], loaded: [FileStamp?]) -> Bool {
        defer { seen = stamps }
        return stamps != loaded && stamps == seen
    }
}
