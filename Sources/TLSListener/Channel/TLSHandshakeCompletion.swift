/// The user event that `TLSHandler` fires when a handshake has been completed.
package struct TLSHandshakeCompletion: Sendable {
    /// Such as `TLSv1.3`.
    package let protocolVersion: String
    /// The suite in OpenSSL's spelling.
    package let cipherSuite: String
    package let isResumed: Bool
}
