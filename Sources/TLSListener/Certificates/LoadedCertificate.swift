import COpenSSL

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A certificate, its chain and its key, read and checked.
struct LoadedCertificate: Sendable {
    /// The server's own certificate.
    let leaf: CertificateHandle
    /// The intermediate certificates, in the file's order.
    let issuers: [CertificateHandle]
    let key: KeyHandle
    let information: CertificateInformation

    /// Reads a pair and checks that it can be served at a given time.
    ///
    /// - Parameters:
    ///   - pair: The two files.
    ///   - now: The time at which the certificate must be valid.
    /// - Throws: The first thing that is wrong.
    init(_ pair: CertificatePair, now: Date) throws(CertificateError) {
        let certificates = try PEMFile.certificates(in: pair.certificate)
        let key = try PEMFile.key(in: pair.key)
        guard let leaf = certificates.first else { throw .noCertificates }
        LibraryError.clear()
        guard X509_check_private_key(leaf.pointer, key.pointer) == 1 else {
            LibraryError.clear()
            throw .mismatch(certificate: pair.certificate, key: pair.key)
        }
        let information = try CertificateInformation(leaf, file: pair.certificate)
        guard information.notAfter > now else { throw .expired(file: pair.certificate, since: information.notAfter) }
        guard information.notBefore <= now else {
            throw .notYetValid(file: pair.certificate, until: information.notBefore)
        }
        self.leaf = leaf
        self.issuers = Array(certificates.dropFirst())
        self.key = key
        self.information = information
    }
}
