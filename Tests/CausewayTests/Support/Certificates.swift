import Foundation

/// Certificates as a developer makes them, and bad ones.
struct Certificates: Sendable {
    let folder: TemporaryFolder

    /// Makes an authority and a server certificate with the script of the repository.
    init(in folder: TemporaryFolder) async throws {
        self.folder = folder
        try await Self.make(in: folder.file("certs"))
    }

    /// The development authority: what clients trust.
    var authority: String { folder.file("certs/authority.pem") }
    var certificate: String { folder.file("certs/server.pem") }
    var key: String { folder.file("certs/server.key") }

    /// Makes another server certificate of the same authority and puts it in the place of the one in use.
    func replace() async throws {
        for file in [certificate, key] { try FileManager.default.removeItem(atPath: file) }
        try await Self.make(in: folder.file("certs"))
    }

    /// The fingerprint of the certificate in the file.
    func fingerprint() async throws -> String {
        try await openssl("x509 -in '\(certificate)' -noout -fingerprint -sha256")
    }

    /// The fingerprint of the certificate that is served on a port.
    func servedFingerprint(port: Int) async throws -> String {
        try await openssl(
            "s_client -connect 127.0.0.1:\(port) </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256")
    }

    /// A key that belongs to no certificate.
    func strangeKey() async throws -> String {
        let path = folder.file("strange.key")
        _ = try await openssl("ecparam -name prime256v1 -genkey -noout -out '\(path)'")
        return path
    }

    /// A certificate of the server's key that ended long ago.
    func expired() async throws -> String {
        let path = folder.file("expired.pem")
        let database = folder.file("authority")
        let configuration = """
            [ca]
            default_ca = own
            [own]
            database = \(database).index
            rand_serial = yes
            default_md = sha256
            policy = any
            new_certs_dir = \(folder.path)
            [any]
            commonName = supplied
            """
        try folder.write(configuration, to: "authority.cnf")
        try folder.write("", to: "authority.index")
        _ = try await openssl("req -new -key '\(key)' -subj /CN=localhost -out '\(database).csr'")
        _ = try await openssl(
            "ca -batch -notext -config '\(database).cnf' -in '\(database).csr' -out '\(path)' -cert '\(authority)' "
                + "-keyfile '\(folder.file("certs/authority.key"))' -startdate 20200101000000Z -enddate 20200201000000Z")
        return path
    }

    private func openssl(_ line: String) async throws -> String {
        let outcome = try await Program.run(["sh", "-c", "openssl \(line)"])
        guard outcome.status == 0 else { throw CommandFailed(command: "openssl \(line)", outcome: outcome) }
        return outcome.output
    }

    private static func make(in folder: String) async throws {
        let script = Program.repository.appending(path: "certs/make-dev-certs").path(percentEncoded: false)
        let outcome = try await Program.run([script], environment: ["CAUSEWAY_DEV_CERTS": folder])
        guard outcome.status == 0 else { throw CommandFailed(command: script, outcome: outcome) }
    }
}

/// A command that a test depends on has failed.
struct CommandFailed: Error, CustomStringConvertible {
    var command: String
    var outcome: Program.Outcome

    var description: String { "\(command) ended with \(outcome.status): \(outcome.text)" }
}
