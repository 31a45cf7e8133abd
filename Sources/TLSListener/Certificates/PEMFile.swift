import COpenSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads PEM files whole, so that what is checked and what is served are the same bytes.
enum PEMFile {
    /// A chain of certificates takes a few KiB.
    ///
    /// Anything near this is the wrong file.
    private static let maximumBytes = 4 * 1024 * 1024

    /// Reads all certificates of a file, at least one.
    static func certificates(in file: String) throws(CertificateError) -> [CertificateHandle] {
        try withBIO(over: file) { bio throws(CertificateError) in
            var certificates: [CertificateHandle] = []
            while let certificate = PEM_read_bio_X509(bio, nil, refusePassphrase, nil) {
                certificates.append(CertificateHandle(owning: certificate))
            }
            // The end of the file also shows as an error: no further start line.
            let error = LibraryError.drain("reading the certificate")
            guard !certificates.isEmpty, error.entries.first?.code == PEM_R_NO_START_LINE else {
                throw .malformedCertificate(file: file, reason: error)
            }
            return certificates
        }
    }

    /// Reads the private key of a file.
    static func key(in file: String) throws(CertificateError) -> KeyHandle {
        try withBIO(over: file) { bio throws(CertificateError) in
            var passphraseWanted = false
            let key = withUnsafeMutablePointer(to: &passphraseWanted) {
                PEM_read_bio_PrivateKey(bio, nil, refusePassphrase, $0)
            }
            guard let key else {
                let error = LibraryError.drain("reading the key")
                throw passphraseWanted ? .encryptedKey(file: file) : .malformedKey(file: file, reason: error)
            }
            LibraryError.clear()
            return KeyHandle(owning: key)
        }
    }

    private static func withBIO<Result>(
        over file: String,
        _ body: (OpaquePointer) throws(CertificateError) -> Result
    ) throws(CertificateError) -> Result {
        var bytes = try read(file)
        // Keys do not stay behind in freed memory.
        defer { OPENSSL_cleanse(&bytes, bytes.count) }
        LibraryError.clear()
        guard let bio = BIO_new(BIO_s_mem()) else { throw .library(LibraryError.drain("making a BIO")) }
        defer { BIO_free(bio) }
        guard bytes.isEmpty || BIO_write(bio, bytes, CInt(bytes.count)) == CInt(bytes.count) else {
            throw .library(LibraryError.drain("filling a BIO"))
        }
        return try body(bio)
    }

    private static func read(_ file: String) throws(CertificateError) -> [UInt8] {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(file, errno) }
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(file, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: file, reason: "it is not a regular file")
        }
        guard status.st_size <= maximumBytes else {
            throw .unreadable(file: file, reason: "it has \(status.st_size) bytes, which no PEM file needs")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                #if canImport(Glibc)
                    Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                #elseif canImport(Musl)
                    Musl.read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                #else
                    Darwin.read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(file, errno) }
            // Shorter than its size said: it is being rewritten. What there is will hardly parse, and says so.
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
    }

    private static func unreadable(_ file: String, _ code: CInt) -> CertificateError {
        .unreadable(file: file, reason: String(cString: strerror(code)))
    }
}

/// Answers libcrypto's question for a passphrase with none, so that it never asks on the terminal, and notes where
/// the caller asks for it that the question came up.
private func refusePassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: CInt,
    _ writing: CInt,
    _ wanted: UnsafeMutableRawPointer?
) -> CInt {
    wanted?.assumingMemoryBound(to: Bool.self).pointee = true
    return -1
}
