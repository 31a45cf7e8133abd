import COpenSSL

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension CertificateInformation {
    /// Reads what there is to say from a parsed certificate.
    ///
    /// - Throws: `CertificateError.malformedCertificate` when a date or the fingerprint cannot be read.
    init(_ certificate: CertificateHandle, file: String) throws(CertificateError) {
        let pointer = certificate.pointer
        LibraryError.clear()
        guard let notBefore = date(X509_get0_notBefore(pointer)), let notAfter = date(X509_get0_notAfter(pointer)),
            let fingerprint = digest(pointer)
        else {
            throw .malformedCertificate(file: file, reason: LibraryError.drain("reading the certificate"))
        }
        let subject = X509_get_subject_name(pointer)
        var (dnsNames, addresses) = alternativeNames(pointer)
        if dnsNames.isEmpty, addresses.isEmpty, let commonName = commonName(subject) {
            dnsNames = [commonName]
        }
        self.init(
            file: file,
            subject: text(subject),
            issuer: text(X509_get_issuer_name(pointer)),
            dnsNames: dnsNames,
            addresses: addresses,
            notBefore: notBefore,
            notAfter: notAfter,
            fingerprint: fingerprint
        )
        // A certificate without alternative names leaves an entry in the queue, which is nobody's error.
        LibraryError.clear()
    }
}

private func date(_ time: UnsafePointer<ASN1_TIME>?) -> Date? {
    var components = tm()
    guard ASN1_TIME_to_tm(time, &components) == 1 else { return nil }
    return Date(timeIntervalSince1970: TimeInterval(timegm(&components)))
}

private func digest(_ certificate: OpaquePointer) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard X509_digest(certificate, EVP_sha256(), &bytes, &count) == 1 else { return nil }
    let digits = Array("0123456789abcdef".utf8)
    return String(
        decoding: bytes.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
        as: UTF8.self
    )
}

/// A distinguished name as RFC 2253 writes it, with UTF-8 unescaped.
private func text(_ name: OpaquePointer?) -> String {
    guard let bio = BIO_new(BIO_s_mem()) else { return "" }
    defer { BIO_free(bio) }
    guard X509_NAME_print_ex(bio, name, 0, causeway_XN_FLAG_RFC2253_UTF8) >= 0 else { return "" }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let count = BIO_read(bio, &bytes, CInt(bytes.count))
    return count > 0 ? String(decoding: bytes.prefix(Int(count)), as: UTF8.self) : ""
}

private func commonName(_ name: OpaquePointer?) -> String? {
    let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard index >= 0, let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)),
        let bytes = ASN1_STRING_get0_data(value)
    else { return nil }
    let buffer = UnsafeBufferPointer(start: bytes, count: Int(ASN1_STRING_length(value)))
    return String(decoding: buffer, as: UTF8.self).lowercased()
}

private func alternativeNames(_ certificate: OpaquePointer) -> (dnsNames: [String], addresses: [String]) {
    var dnsNames: [String] = []
    var addresses: [String] = []
    guard let data = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return ([], []) }
    let names = OpaquePointer(data)
    defer { GENERAL_NAMES_free(names) }
    for index in 0..<max(0, causeway_GENERAL_NAMES_count(names)) {
        var type: CInt = 0
        var length: CInt = 0
        guard let value = causeway_GENERAL_NAMES_value(names, index, &type, &length) else { continue }
        let bytes = UnsafeBufferPointer(start: value, count: Int(length))
        if type == GEN_DNS {
            dnsNames.append(String(decoding: bytes, as: UTF8.self).lowercased())
        } else if let address = addressText(bytes) {
            addresses.append(address)
        }
    }
    return (dnsNames, addresses)
}

private func addressText(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, bytes.baseAddress, &text, socklen_t(text.count)) != nil else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
