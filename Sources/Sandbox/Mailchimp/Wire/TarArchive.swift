/// Writes a tar archive in the format `ustar` (POSIX.1-1988): the results of a batch.
struct TarArchive {
    private(set) var bytes: [UInt8] = []
    private let modifiedAt: Int

    init(modifiedAt: Double) {
        self.modifiedAt = Int(modifiedAt)
    }

    /// Adds a directory; its name ends in `/`.
    mutating func addDirectory(_ name: String) {
        bytes += header(name, size: 0, mode: 0o755, kind: UInt8(ascii: "5"))
    }

    /// Adds a file.
    mutating func addFile(_ name: String, _ content: [UInt8]) {
        bytes += header(name, size: content.count, mode: 0o644, kind: UInt8(ascii: "0"))
        bytes += content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    /// Adds the two empty blocks that end an archive.
    mutating func finish() {
        bytes += [UInt8](repeating: 0, count: 1_024)
    }

    private func header(_ name: String, size: Int, mode: Int, kind: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { block[offset + index] = byte }
        }
        put(name, at: 0)
        put(Self.octal(mode, digits: 7), at: 100)
        put(Self.octal(0, digits: 7), at: 108)
        put(Self.octal(0, digits: 7), at: 116)
        put(Self.octal(size, digits: 11), at: 124)
        put(Self.octal(modifiedAt, digits: 11), at: 136)
        // The sum is taken with blanks in its own place.
        put("        ", at: 148)
        block[156] = kind
        put("ustar", at: 257)
        put("00", at: 263)
        let sum = block.reduce(0) { $0 + Int($1) }
        put(Self.octal(sum, digits: 6), at: 148)
        block[154] = 0
        return block
    }

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
