/// The user event that `TLSHandler` fires when a handshake has been completed.
struct TLSHandshakeCompletion: Sendable {
    /// Such as `TLSv1.3`.
    let protocolVersion: String
    /// The suite in OpenSSL's spelling.
    let cipherSuite: String
    let isResumed: Bool
}
