import Sandbox

/// A simulated service in this process, as a test looks at it and acts on it behind the API's back.
struct Peer: Sendable {
    let server: SandboxServer

    /// Reads what a control shows.
    ///
    /// - Throws: `PeerRefused` when the service knows no such control.
    func read(_ control: String) async throws -> SandboxJSON {
        try await call("GET", control, body: nil)
    }

    /// Carries out a control.
    @discardableResult
    func act(_ control: String, _ body: SandboxJSON = [:]) async throws -> SandboxJSON {
        try await call("POST", control, body: body)
    }

    /// Adds a fault for calls to come.
    func fail(_ fault: SandboxJSON) throws {
        guard let read = SandboxFault(fault) else { throw PeerRefused(text: "a fault has a kind: \(fault.text)") }
        server.faults.add(read)
    }

    /// How often routes were called that change something; tokens aside.
    var writes: [String: Int] {
        server.calls.counts.filter { !$0.key.hasPrefix("GET ") && !$0.key.contains("/oauth2/") }
    }

    /// How often anything was called.
    var calls: Int { server.calls.counts.values.reduce(0, +) }

    private func call(_ method: String, _ control: String, body: SandboxJSON?) async throws -> SandboxJSON {
        let request = SandboxRequest(
            method: method, target: "/_sandbox/\(control)", headers: [("Content-Type", "application/json")],
            body: body.map { Array($0.text.utf8) } ?? [])
        guard let response = await server.service.control(request), (200..<300).contains(response.status) else {
            throw PeerRefused(text: "\(method) \(control) was refused")
        }
        return SandboxJSON(parsing: response.body) ?? .null
    }
}

/// A control of the sandbox was used in a wrong way.
struct PeerRefused: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
