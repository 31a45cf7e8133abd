/// Reads the files of a tar archive piece by piece (POSIX.1-1988 ustar; the forms with long names are passed over).
///
/// The archive of a batch begins with a `./` entry and may hold empty files (mailchimp.md §6); names count for nothing
/// here, so only the contents of plain files are given.
struct TarReader {
    /// What is wrong with an archive.
    enum Problem: Error, Equatable {
        case notAnArchive
        /// It ends before its end.
        case truncated
        /// A file, or all of them together, is larger than anything that a batch can have done.
        case tooLarge
    }

    private enum State {
        case header
        /// Inside a file: what is still to come of it, and whether it is kept.
        case content(left: Int, isKept: Bool)
        case padding(left: Int)
        case ended
    }

    private static let block = 512
    private let mostBytesPerFile: Int
    private let mostBytes: Int

    private var state = State.header
    private var gathered: [UInt8] = []
    private var padding = 0
    private var total = 0

    init(mostBytesPerFile: Int = 64 << 20, mostBytes: Int = 256 << 20) {
        self.mostBytesPerFile = mostBytesPerFile
        self.mostBytes = mostBytes
    }

    /// Takes the next piece of the archive.
    ///
    /// - Parameter file: gets the contents of each plain file that is not empty, once it is complete.
    /// - Throws: `Problem`; what `file` throws.
    mutating func feed(_ bytes: ArraySlice<UInt8>, _ file: ([UInt8]) throws -> Void) throws {
        total += bytes.count
        guard total <= mostBytes else { throw Problem.tooLarge }
        var rest = bytes
        while !rest.isEmpty {
            switch state {
            case .header:
                let piece = rest.prefix(Self.block - gathered.count)
                gathered += piece
                rest = rest.dropFirst(piece.count)
                if gathered.count == Self.block { try readHeader() }
            case .content(let left, let isKept):
                let piece = rest.prefix(left)
                if isKept { gathered += piece }
                rest = rest.dropFirst(piece.count)
                if piece.count < left {
                    state = .content(left: left - piece.count, isKept: isKept)
                } else {
                    if isKept { try file(gathered) }
                    gathered = []
                    state = padding > 0 ? .padding(left: padding) : .header
                }
            case .padding(let left):
                let piece = rest.prefix(left)
                rest = rest.dropFirst(piece.count)
                state = piece.count < left ? .padding(left: left - piece.count) : .header
            case .ended:
                return
            }
        }
    }

    /// Makes sure that the archive came to its end, or at least stops between two files.
    ///
    /// - Throws: `Problem.truncated`; `notAnArchive` when there was nothing at all.
    func finish() throws {
        guard total > 0 else { throw Problem.notAnArchive }
        switch state {
        case .ended: return
        case .header where gathered.isEmpty: return
        case .header where total < Self.block: throw Problem.notAnArchive
        case .header, .content, .padding: throw Problem.truncated
        }
    }

    private mutating func readHeader() throws {
        defer { gathered = [] }
        if gathered.allSatisfy({ $0 == 0 }) {
            state = .ended
            return
        }
        guard isChecked, let size = number(at: 124, length: 12), size >= 0 else { throw Problem.notAnArchive }
        let kind = gathered[156]
        let isFile = kind == UInt8(ascii: "0") || kind == 0 || kind == UInt8(ascii: "7")
        guard size <= mostBytesPerFile else { throw Problem.tooLarge }
        padding = (Self.block - size % Self.block) % Self.block
        state = size == 0 ? .header : .content(left: size, isKept: isFile)
    }

    /// Whether the header's sum is right, with its own place counted as blanks; old writers took bytes as signed.
    private var isChecked: Bool {
        guard let sum = number(at: 148, length: 8) else { return false }
        var unsigned = 0
        var signed = 0
        for (index, byte) in gathered.enumerated() {
            let counted = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            unsigned += Int(counted)
            signed += Int(Int8(bitPattern: counted))
        }
        return sum == unsigned || sum == signed
    }

    /// A number in octal digits, or in binary where the first bit is set; nil for anything else.
    private func number(at start: Int, length: Int) -> Int? {
        let field = gathered[start..<start + length]
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            var value = Int(first & 0x3F)
            for byte in field.dropFirst() {
                let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
                if overflow { return nil }
                value = shifted | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        return digits.isEmpty ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }
}
