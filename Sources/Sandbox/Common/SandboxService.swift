/// A simulated outside system: what it answers to calls of its API, to test controls and to faults.
///
/// A service knows nothing of sockets; `SandboxServer` carries it. Faults that any service can suffer (latency, resets,
/// statuses) happen around it; only those with a meaning of the service's own reach `faultResponse`.
package protocol SandboxService: Sendable {
    /// The name of the service in the exchange log: `workbooks`, `constant-contact` or `mailchimp`.
    var name: String { get }

    /// Answers a call of the API.
    func respond(to request: SandboxRequest) async -> SandboxResponse

    /// Answers a call under `/_sandbox/` that is not one of the common ones; nil when there is no such control.
    func control(_ request: SandboxRequest) async -> SandboxResponse?

    /// Answers a call that a fault has hit, where the fault means something particular here; nil leaves it to the
    /// general behaviour of the fault's kind.
    func faultResponse(_ fault: SandboxFault, to request: SandboxRequest) async -> SandboxResponse?

    /// The name under which a call is counted, such as `GET /v3/contacts/{id}`.
    func route(of request: SandboxRequest) -> String

    /// The name under which a call is written to the exchange log, where not all belong to one published API.
    func logName(of request: SandboxRequest) -> String

    /// Ends what the service does by itself; its server has stopped.
    func stopped() async

    /// Whether a call is answered as soon as its head has come, whatever body the head announces.
    func answersBeforeBody(method: String, target: String) -> Bool
}

extension SandboxService {
    package func control(_ request: SandboxRequest) async -> SandboxResponse? { nil }

    package func faultResponse(_ fault: SandboxFault, to request: SandboxRequest) async -> SandboxResponse? { nil }

    package func route(of request: SandboxRequest) -> String {
        let segments = request.segments.map { Self.looksLikeIdentifier($0) ? "{id}" : $0 }
        return "\(request.method) /\(segments.joined(separator: "/"))"
    }

    package func logName(of request: SandboxRequest) -> String { name }

    package func stopped() async {}

    package func answersBeforeBody(method: String, target: String) -> Bool { false }

    /// Whether a path segment is a number or a UUID rather than a word.
    package static func looksLikeIdentifier(_ segment: String) -> Bool {
        let bytes = segment.utf8
        if bytes.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) { return true }
        return bytes.count == 36 && bytes.filter { $0 == UInt8(ascii: "-") }.count == 4
    }
}
