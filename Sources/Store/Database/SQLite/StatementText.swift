/// The text of a statement, as prepared ones are found by.
///
/// Its hash takes a few words of it: to go through all of it takes a good part of the time of a small statement. Texts
/// that share those words are told apart by comparing them.
struct StatementText: Hashable {
    var text: String

    func hash(into hasher: inout Hasher) {
        let isHashed: Void? = text.utf8.withContiguousStorageIfAvailable { bytes in
            hasher.combine(bytes.count)
            let word = MemoryLayout<UInt64>.size
            guard bytes.count >= word else { return }
            let last = bytes.count - word
            let raw = UnsafeRawBufferPointer(bytes)
            for part in 0...4 {
                hasher.combine(raw.loadUnaligned(fromByteOffset: last * part / 4, as: UInt64.self))
            }
        }
        if isHashed == nil { hasher.combine(text) }
    }
}
