/// How re-reading the certificates ended.
package enum CertificateReload: Sendable {
    /// New connections are served with these.
    case loaded([CertificateInformation])
    /// The files cannot be served; the certificates from before stay.
    case kept(because: CertificateError)
    /// The keys of the session tickets could not be replaced; those from before seal another day's.
    case ticketKeysKept(because: CertificateError)
}
