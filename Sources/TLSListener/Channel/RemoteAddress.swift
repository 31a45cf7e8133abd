import NIOCore

/// What connections are counted by: an IPv4 address, or the first half of an IPv6 address.
///
/// An IPv6 host commonly has a whole /64 to itself, so counting by the full address would count nothing.
package struct RemoteAddress: Hashable, Sendable {
    private let bits: UInt64
    private let isIPv6: Bool

    /// Reads a socket's address; all that are neither IPv4 nor IPv6 count as one.
    package init(_ address: SocketAddress?) {
        // The layouts are those of sockaddr_in (address at 4) and sockaddr_in6 (address at 8), see ip(7) and ipv6(7).
        (bits, isIPv6) =
            switch address {
            case .v4(let address)?:
                SocketAddress.v4(address).withSockAddr { socketAddress, size in
                    let bytes = UnsafeRawBufferPointer(start: socketAddress, count: size)
                    return (UInt64(bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)), false)
                }
            case .v6(let address)?:
                SocketAddress.v6(address).withSockAddr { socketAddress, size in
                    let bytes = UnsafeRawBufferPointer(start: socketAddress, count: size)[8..<24]
                    return Self.isMapped(bytes)
                        ? (UInt64(bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)), false)
                        : (bytes.loadUnaligned(as: UInt64.self), true)
                }
            default:
                (0, true)
            }
    }

    /// Whether an IPv6 address stands for an IPv4 address, which sockets that take both use (RFC 4291 §2.5.5.2).
    private static func isMapped(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        bytes.prefix(10).allSatisfy { $0 == 0 } && bytes.dropFirst(10).prefix(2).allSatisfy { $0 == 0xFF }
    }
}
