/// The fields of a form, `application/x-www-form-urlencoded`, each read only when it is asked for.
///
/// A field that cannot be decoded makes no other field unreadable: whether that matters is its reader's business.
struct FormFields {
    /// What a form has under a name.
    enum Value: Hashable {
        case absent
        case text(String)
        /// It is there with a broken escape, or is not UTF-8.
        case unreadable
        /// It is there several times with different values, and nothing says which one counts.
        case contradictory
    }

    private let pairs: [(name: String, value: String?)]

    /// Takes a form apart; pairs whose name cannot be decoded are passed over.
    init(_ body: some Collection<UInt8>) {
        pairs = body.split(separator: UInt8(ascii: "&")).compactMap { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            guard let decoded = Self.decoded(name) else { return nil }
            return (decoded, Self.decoded(pair.dropFirst(name.count + 1)))
        }
    }

    /// Whether there is no field at all.
    var isEmpty: Bool { pairs.isEmpty }

    /// The value of a name, such as `data[email]`; the same value several times is one.
    subscript(_ name: String) -> Value {
        var found = Value.absent
        for pair in pairs where pair.name == name {
            let value = pair.value.map(Value.text) ?? .unreadable
            if found == .absent { found = value }
            guard found == value else { return .contradictory }
        }
        return found
    }

    /// The text of a name; nil when there is none, or none that counts.
    func text(_ name: String) -> String? {
        if case .text(let text) = self[name] { text } else { nil }
    }

    /// The text that an escaped one stands for; nil when an escape is broken or the bytes are not UTF-8.
    private static func decoded(_ escaped: some Collection<UInt8>) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(escaped.count)
        var iterator = escaped.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(digit), let low = iterator.next().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
