import COpenSSL

/// The keys that seal session tickets: a name, a MAC key and a cipher key, 80 random bytes in all
/// (SSL_CTX_set_tlsext_ticket_keys(3)).
struct TicketKeys: Sendable {
    private static let count = 80

    private let bytes: [UInt8]

    /// Makes new keys.
    ///
    /// - Throws: When the library has no randomness to give.
    init() throws(LibraryError) {
        LibraryError.clear()
        var bytes = [UInt8](repeating: 0, count: Self.count)
        guard RAND_priv_bytes(&bytes, CInt(Self.count)) == 1 else { throw LibraryError.drain("making ticket keys") }
        self.bytes = bytes
    }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        bytes.withUnsafeBytes(body)
    }
}
