import COpenSSL

/// The certificates that may issue client certificates.
struct ClientAuthority: Sendable {
    let certificates: [CertificateHandle]
    /// SHA-256 over the certificates: sessions that were made under another authority are not resumed.
    let identity: [UInt8]

    /// Reads an authority's certificates.
    ///
    /// - Parameter file: Path of a PEM file with at least one certificate.
    init(file: String) throws(CertificateError) {
        certificates = try PEMFile.certificates(in: file)
        LibraryError.clear()
        guard let context = EVP_MD_CTX_new() else { throw .library(LibraryError.drain("making a digest")) }
        defer { EVP_MD_CTX_free(context) }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            throw .library(LibraryError.drain("digesting the client authority"))
        }
        for certificate in certificates {
            guard X509_digest(certificate.pointer, EVP_sha256(), &digest, &count) == 1,
                EVP_DigestUpdate(context, digest, Int(count)) == 1
            else { throw .library(LibraryError.drain("digesting the client authority")) }
        }
        guard EVP_DigestFinal_ex(context, &digest, &count) == 1 else {
            throw .library(LibraryError.drain("digesting the client authority"))
        }
        identity = Array(digest.prefix(Int(count)))
    }
}
