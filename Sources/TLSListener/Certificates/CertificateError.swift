#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Why certificates cannot be served: which file, what is wrong with it, and what to do.
package enum CertificateError: Error, Hashable, CustomStringConvertible {
    /// No certificate is configured.
    case noCertificates
    /// The lists of certificates and keys are not of the same length.
    case unevenLists(certificates: Int, keys: Int)
    /// A file cannot be opened or read; the reason is the operating system's.
    case unreadable(file: String, reason: String)
    /// A file holds no PEM certificate, or one that does not parse.
    case malformedCertificate(file: String, reason: LibraryError)
    /// A file holds no PEM key, or one that does not parse.
    case malformedKey(file: String, reason: LibraryError)
    /// A key is encrypted, and nobody is there to type its passphrase.
    case encryptedKey(file: String)
    /// The key is not the one that the certificate was issued for.
    case mismatch(certificate: String, key: String)
    /// The certificate is not valid any more.
    case expired(file: String, since: Date)
    /// The certificate is not valid yet.
    case notYetValid(file: String, until: Date)
    /// libssl does not accept the certificate, for example because its key is too small.
    case refused(file: String, reason: LibraryError)
    /// libssl failed for a reason that no file explains.
    case library(LibraryError)

    /// The file to look at, nil when the error is about none or several.
    package var file: String? {
        switch self {
        case .noCertificates, .unevenLists, .library: nil
        case .unreadable(let file, _), .malformedCertificate(let file, _), .malformedKey(let file, _): file
        case .encryptedKey(let file), .expired(let file, _), .notYetValid(let file, _), .refused(let file, _): file
        case .mismatch(_, let key): key
        }
    }

    package var description: String {
        switch self {
        case .noCertificates:
            """
            No certificate is configured. The listener speaks TLS only: set a certificate and its key, \
            or make development ones with certs/make-dev-certs.
            """
        case .unevenLists(let certificates, let keys):
            """
            There are \(certificates) certificates and \(keys) keys. The lists are paired by position: \
            give one key for each certificate, separated by commas.
            """
        case .unreadable(let file, let reason):
            """
            '\(file)' cannot be read: \(reason). Check the path, and that the account that runs the service may \
            read the file and search its folders.
            """
        case .malformedCertificate(let file, let reason):
            """
            '\(file)' holds no usable PEM certificate: \(reason.reason). It must begin with the server's own \
            certificate, followed by its intermediate certificates.
            """
        case .malformedKey(let file, let reason):
            "'\(file)' holds no usable PEM private key: \(reason.reason). Check that key and certificate are not swapped."
        case .encryptedKey(let file):
            """
            The key '\(file)' is encrypted, and the service cannot ask for a passphrase. \
            Decrypt it with `openssl pkey -in '\(file)' -out KEY`, and protect the file with mode 0600.
            """
        case .mismatch(let certificate, let key):
            """
            The key '\(key)' does not belong to the certificate '\(certificate)'. \
            Both must come from the same issuance; check the order of the two lists.
            """
        case .expired(let file, let date):
            "The certificate '\(file)' expired at \(date.formatted(.iso8601)). Renew it and replace the file."
        case .notYetValid(let file, let date):
            """
            The certificate '\(file)' is not valid before \(date.formatted(.iso8601)). \
            Check the clock of this machine, or wait.
            """
        case .refused(let file, let reason):
            """
            The certificate '\(file)' cannot be served: \(reason.reason). \
            Issue one with an ECDSA P-256 key, or an RSA key of at least 2048 bits.
            """
        case .library(let reason):
            "libssl failed: \(reason)."
        }
    }
}
