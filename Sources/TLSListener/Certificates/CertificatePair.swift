/// Where a certificate and its key are.
package struct CertificatePair: Hashable, Sendable {
    /// Path of a PEM file: the certificate, then the intermediate certificates up to, but without, the root.
    package let certificate: String
    /// Path of a PEM file with the certificate's key, not encrypted.
    package let key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Pairs two comma-separated lists of paths, as the settings have them.
    ///
    /// - Parameters:
    ///   - certificates: Paths of certificates; spaces around them are dropped.
    ///   - keys: Paths of keys, in the order of the certificates.
    /// - Returns: At least one pair; the first is served to clients that ask for no name, or an unknown one.
    /// - Throws: `CertificateError.noCertificates` and `CertificateError.unevenLists`.
    package static func pairs(certificates: String, keys: String) throws(CertificateError) -> [CertificatePair] {
        let certificates = paths(certificates)
        let keys = paths(keys)
        guard !certificates.isEmpty else { throw .noCertificates }
        guard certificates.count == keys.count else {
            throw .unevenLists(certificates: certificates.count, keys: keys.count)
        }
        return zip(certificates, keys).map { CertificatePair(certificate: $0, key: $1) }
    }

    private static func paths(_ list: String) -> [String] {
        list.split(separator: ",").map { path in
            let trimmed = path.drop { $0 == " " }
            return String(trimmed.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
    }
}
