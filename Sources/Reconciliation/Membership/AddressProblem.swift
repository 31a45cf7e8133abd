/// Why mail cannot go to an address, whoever is behind it (design §4).
package enum AddressProblem: Hashable, Sendable {
    case missing
    /// Not one RFC 5321 mailbox with a dot in its domain.
    case malformed
    /// Longer than the provider takes.
    case tooLong(limit: Int)

    /// A reason for people.
    package var text: String {
        switch self {
        case .missing: "no address"
        case .malformed: "not a valid email address"
        case .tooLong(let limit): "the address is longer than the \(limit) characters that the provider takes"
        }
    }

    /// Checks an address as typed.
    ///
    /// - Parameter longest: the longest address that the provider takes, in characters.
    /// - Returns: nil when the address is one RFC 5321 mailbox (§4.1.2, with the lengths of §4.5.3.1), has a dot in its
    ///   domain and is short enough.
    package static func problem(in typed: String, longest: Int) -> AddressProblem? {
        var typed = typed
        return typed.withUTF8 { problem(in: trimmed($0), longest: longest) }
    }

    /// The address without blanks around it, as it is sent.
    package static func withoutBlanks(_ typed: String) -> String {
        guard let first = typed.utf8.first, let last = typed.utf8.last, isBlank(first) || isBlank(last) else {
            return typed
        }
        var copy = typed
        return copy.withUTF8 { String(decoding: trimmed($0), as: UTF8.self) }
    }

    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    private static func problem(in bytes: Bytes, longest: Int) -> AddressProblem? {
        if bytes.isEmpty { return .missing }
        guard let at = bytes.lastIndex(of: 0x40), isLocalPart(bytes[..<at]), isDomain(bytes[(at + 1)...]) else {
            return .malformed
        }
        return bytes.count > longest ? .tooLong(limit: longest) : nil
    }

    private static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> Bytes {
        var rest = bytes[...]
        while let first = rest.first, isBlank(first) { rest.removeFirst() }
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

    private static func isLocalPart(_ local: Bytes) -> Bool {
        guard !local.isEmpty, local.count <= 64 else { return false }
        return local.first == 0x22 ? isQuoted(local) : isDotString(local)
    }

    private static func isDotString(_ local: Bytes) -> Bool {
        var previousWasDot = true
        for byte in local {
            if byte == 0x2E {
                if previousWasDot { return false }
                previousWasDot = true
            } else {
                guard isAtomByte(byte) else { return false }
                previousWasDot = false
            }
        }
        return !previousWasDot
    }

    private static func isQuoted(_ local: Bytes) -> Bool {
        guard local.count >= 2, local.last == 0x22 else { return false }
        var isEscaped = false
        for byte in local.dropFirst().dropLast() {
            guard byte >= 0x20, byte <= 0x7E else { return false }
            if isEscaped {
                isEscaped = false
            } else if byte == 0x5C {
                isEscaped = true
            } else if byte == 0x22 {
                return false
            }
        }
        return !isEscaped
    }

    private static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        // ! # $ % & ' * + - / = ? ^ _ ` { | } ~
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E, 0x5F, 0x60, 0x7B...0x7E: true
        default: false
        }
    }

    private static func isDomain(_ domain: Bytes) -> Bool {
        guard !domain.isEmpty, domain.count <= 255 else { return false }
        var labelLength = 0
        var labels = 1
        var previous: UInt8 = 0x2E
        for byte in domain {
            if byte == 0x2E {
                guard labelLength > 0, previous != 0x2D else { return false }
                labels += 1
                labelLength = 0
            } else {
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: break
                case 0x2D where labelLength > 0: break
                default: return false
                }
                labelLength += 1
                guard labelLength <= 63 else { return false }
            }
            previous = byte
        }
        return labels >= 2 && labelLength > 0 && previous != 0x2D
    }
}
