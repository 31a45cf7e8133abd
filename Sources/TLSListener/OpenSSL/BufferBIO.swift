import COpenSSL

/// The BIO that connects libssl to the buffers of a `TLSConnection`.
///
/// libssl reads ciphertext and writes ciphertext through a BIO, its name for a byte stream. This one moves bytes
/// straight between libssl and the connection's two `ByteBuffer`s; there is no memory BIO, and so no copy, between.
/// A BIO's data pointer is its connection, not retained: the connection owns the `SSL`, which owns the BIO, so the
/// pointer is valid in every callback but the one that destroys the BIO, which does not look at it.
enum BufferBIO {
    /// The table of callbacks, made once and never freed, as the library keeps pointers to it.
    ///
    /// It is written here and only read afterwards, by the library, from any thread.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "NIO buffer") else { return nil }
        BIO_meth_set_read(method, bufferBIORead)
        BIO_meth_set_write(method, bufferBIOWrite)
        BIO_meth_set_ctrl(method, bufferBIOControl)
        BIO_meth_set_create(method, bufferBIOCreate)
        BIO_meth_set_destroy(method, bufferBIODestroy)
        return method
    }()

    /// Makes a BIO for a connection.
    ///
    /// - Parameter connection: The connection, which must outlive the BIO.
    /// - Returns: The BIO with one reference, which the caller owns.
    static func make(for connection: TLSConnection) throws(LibraryError) -> OpaquePointer {
        LibraryError.clear()
        guard let bio = BIO_new(method) else { throw LibraryError.drain("making a BIO") }
        BIO_set_data(bio, Unmanaged.passUnretained(connection).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }
}

/// libssl wants ciphertext.
///
/// Without any it is told to ask again, which surfaces as `SSL_ERROR_WANT_READ`.
private func bufferBIORead(
    _ bio: OpaquePointer?,
    _ destination: UnsafeMutablePointer<CChar>?,
    _ count: CInt
) -> CInt {
    guard let bio, let destination, count > 0, let data = BIO_get_data(bio) else { return 0 }
    causeway_BIO_clear_retry_flags(bio)
    let target = UnsafeMutableRawBufferPointer(start: destination, count: Int(count))
    let copied = Unmanaged<TLSConnection>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.readCiphertext(into: target) }
    guard copied > 0 else {
        causeway_BIO_set_retry_read(bio)
        return -1
    }
    return CInt(copied)
}

/// libssl hands over ciphertext.
///
/// The outbound buffer grows, so a write is always taken whole and never retried.
private func bufferBIOWrite(
    _ bio: OpaquePointer?,
    _ source: UnsafePointer<CChar>?,
    _ count: CInt
) -> CInt {
    guard let bio, let source, count > 0, let data = BIO_get_data(bio) else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: source, count: Int(count))
    Unmanaged<TLSConnection>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.writeCiphertext(bytes) }
    return count
}

/// Flushing always succeeds, as the handler sends the outbound buffer itself.
///
/// Everything else (seeking, pending counts, kernel TLS, datagrams) is deliberately unsupported, for which 0 is the
/// answer.
private func bufferBIOControl(
    _ bio: OpaquePointer?,
    _ command: CInt,
    _ number: CLong,
    _ pointer: UnsafeMutableRawPointer?
) -> CLong {
    command == BIO_CTRL_FLUSH ? 1 : 0
}

/// Nothing to make: `BufferBIO.make(for:)` sets the data pointer and marks the BIO as initialised.
private func bufferBIOCreate(_ bio: OpaquePointer?) -> CInt {
    1
}

/// Nothing to free: the BIO owns neither buffer nor connection.
private func bufferBIODestroy(_ bio: OpaquePointer?) -> CInt {
    bio == nil ? 0 : 1
}
