import Foundation

/// The demo's folder: data, secrets, certificates and logs, all for one run.
struct DemoWorkspace: Sendable {
    let folder: URL
    /// A free port for the listener.
    let port: Int

    var data: String { path("data") }
    var certificate: String { path("certificates/server.pem") }
    var key: String { path("certificates/server.key") }
    /// What clients of the listener trust.
    var authority: String { path("certificates/authority.pem") }
    var serveLog: String { path("serve.log") }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("causeway-demo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        port = try Self.freePort()
    }

    /// What the program's processes are told.
    var environment: [String: String] {
        [
            "CAUSEWAY_DATA": data, "CAUSEWAY_LISTEN": "127.0.0.1:\(port)", "CAUSEWAY_TLS_CERTIFICATE": certificate,
            "CAUSEWAY_TLS_KEY": key, "CAUSEWAY_DEV_CERTS": path("certificates"),
            "CAUSEWAY_PUBLIC_URL": "https://localhost:\(port)",
            // A day passes in two minutes here, and with it the five minutes of design §4.
            "CAUSEWAY_SYNC_DEPARTURE_SECONDS": "2",
        ]
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Writes a secret to a file that only its owner can read.
    func secretFile(_ name: String, _ text: String) throws -> String {
        let path = path(name)
        guard
            FileManager.default.createFile(
                atPath: path,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw Failure("\(path) cannot be written") }
        return path
    }

    /// Makes development certificates: by `certs/make-dev-certs` where that is near, otherwise one that signs itself.
    func makeCertificates(_ children: DemoChildren) async throws {
        if let script = Self.script {
            _ = try await children.run([script], program: "/bin/sh")
            return
        }
        try FileManager.default.createDirectory(
            atPath: path("certificates"),
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        _ = try await children.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                "-out", certificate,
            ],
            program: "/usr/bin/env"
        )
        try FileManager.default.copyItem(atPath: certificate, toPath: authority)
    }

    func remove() throws { try FileManager.default.removeItem(at: folder) }

    /// The repository's script, looked for from here and from the program upwards.
    private static var script: String? {
        let starts = [FileManager.default.currentDirectoryPath, Bundle.main.executablePath ?? "/"]
        for start in starts {
            var folder = URL(fileURLWithPath: start).resolvingSymlinksInPath()
            while folder.path != "/" {
                let script = folder.appendingPathComponent("certs/make-dev-certs").path
                if FileManager.default.isExecutableFile(atPath: script) { return script }
                folder.deleteLastPathComponent()
            }
        }
        return nil
    }

    /// A port that nobody listens on at this moment.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("no socket can be made") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw Failure("no free port was found") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
