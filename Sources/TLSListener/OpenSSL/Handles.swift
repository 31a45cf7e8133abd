import COpenSSL

/// Owns one reference to an `X509`, a parsed certificate.
///
/// It is `Sendable` although it holds a C pointer: a parsed certificate is only read, and its count of references is
/// kept with atomic operations.
final class CertificateHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        X509_free(pointer)
    }
}

/// Owns one reference to an `EVP_PKEY`, a private key.
///
/// It is `Sendable` although it holds a C pointer: a key is only read after it was parsed, and its count of
/// references is kept with atomic operations.
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }
}
