#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What there is to say about a certificate that is served.
package struct CertificateInformation: Hashable, Sendable {
    /// Path of the file that it was read from.
    package let file: String
    /// The subject's distinguished name on one line, such as `CN=example.org`; may be empty.
    package let subject: String
    /// The issuer's distinguished name on one line.
    package let issuer: String
    /// The DNS names that it is valid for, lower-cased; a wildcard reads `*.example.org`.
    ///
    /// Where there are none in the subject alternative names, the common name.
    package let dnsNames: [String]
    /// The IP addresses that it is valid for, in their usual text form.
    package let addresses: [String]
    package let notBefore: Date
    package let notAfter: Date
    /// SHA-256 over the certificate, as 64 lower-case hexadecimal digits.
    package let fingerprint: String
}
