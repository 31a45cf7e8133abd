/// Finds an address in a text where it stands for itself, and not as a part of a longer one.
struct AddressMention {
    private let needle: [UInt8]

    /// Makes a search for a spelling, whatever the case of its letters.
    init(_ spelling: String) {
        needle = Self.lowered(spelling.utf8)
    }

    /// Whether a text has the address.
    func isFound(in text: [UInt8]) -> Bool { !places(in: Self.lowered(text)).isEmpty }

    /// The text with something else in the address's place; nil where it does not have it.
    func replacing(in text: String, with other: String) -> String? {
        let bytes = Array(text.utf8)
        let places = places(in: Self.lowered(bytes))
        if places.isEmpty { return nil }
        var replaced: [UInt8] = []
        var end = 0
        for place in places {
            replaced += bytes[end..<place]
            replaced += other.utf8
            end = place + needle.count
        }
        return String(decoding: replaced + bytes[end...], as: UTF8.self)
    }

    /// Where the address begins in a text in lower case.
    private func places(in text: [UInt8]) -> [Int] {
        guard let first = needle.first, text.count >= needle.count else { return [] }
        var found: [Int] = []
        var place = 0
        while place <= text.count - needle.count {
            if text[place] == first, text[place..<place + needle.count].elementsEqual(needle),
                begins(at: place, in: text), ends(at: place + needle.count, in: text)
            {
                found.append(place)
                place += needle.count
            } else {
                place += 1
            }
        }
        return found
    }

    private func begins(at place: Int, in text: [UInt8]) -> Bool {
        guard place > 0 else { return true }
        let before = text[place - 1]
        // In JSON, the letter of an escaped end of line or tab.
        if place > 1, text[place - 2] == UInt8(ascii: "\\"), "nrt".utf8.contains(before) { return true }
        return !Self.isWord(before) && !"._+-".utf8.contains(before)
    }

    private func ends(at place: Int, in text: [UInt8]) -> Bool {
        guard place < text.count else { return true }
        let after = text[place]
        if after == UInt8(ascii: ".") { return place + 1 >= text.count || !Self.isWord(text[place + 1]) }
        return !Self.isWord(after) && after != UInt8(ascii: "-")
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x80...0xff: true
        default: false
        }
    }

    /// ASCII letters in lower case, as SQLite's own `lower` does it: as many bytes as before.
    private static func lowered(_ text: some Sequence<UInt8>) -> [UInt8] {
        text.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }
    }

    /// The spelling in lower case, to look for with SQLite's `instr`.
    var text: String { String(decoding: needle, as: UTF8.self) }
}
