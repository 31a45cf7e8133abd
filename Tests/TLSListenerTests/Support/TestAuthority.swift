import Foundation
import TLSListener

/// An authority and its certificates, made with the openssl command in a folder that goes with it.
final class TestAuthority: Sendable {
    let folder: URL

    /// Makes an authority.
    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await openssl(
            "req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=Test-authority "
                + "-addext basicConstraints=critical,CA:TRUE -keyout authority.key -out authority.pem"
        )
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// The authority's own certificate.
    var certificate: String { path("authority.pem") }

    func path(_ file: String) -> String {
        folder.appending(path: file).path(percentEncoded: false)
    }

    /// Issues a certificate.
    ///
    /// - Parameters:
    ///   - file: The files' name, without an extension; files of that name are replaced, each in one step.
    ///   - names: As openssl writes alternative names.
    ///   - key: What kind of key, as options of `openssl req`.
    /// - Returns: Certificate and key.
    @discardableResult
    func issue(
        _ file: String,
        names: String = "DNS:localhost,IP:127.0.0.1",
        key: String = "ec -pkeyopt ec_paramgen_curve:P-256"
    ) async throws -> CertificatePair {
        let work = "new-\(UUID().uuidString)"
        try "subjectAltName=\(names)\n".write(
            to: folder.appending(path: "\(work).ext"),
            atomically: false,
            encoding: .utf8
        )
        try await openssl("req -new -newkey \(key) -nodes -subj /CN=\(file) -keyout \(work).key -out \(work).csr")
        try await openssl(
            "x509 -req -days 30 -in \(work).csr -extfile \(work).ext -CA authority.pem -CAkey authority.key "
                + "-set_serial 0x$(openssl rand -hex 8) -out \(work).pem"
        )
        for kind in ["pem", "key"] {
            try replace("\(file).\(kind)", with: "\(work).\(kind)")
        }
        return CertificatePair(certificate: path("\(file).pem"), key: path("\(file).key"))
    }

    /// Puts one file in another's place, in one step.
    func replace(_ file: String, with source: String) throws {
        guard rename(path(source), path(file)) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    /// Runs an openssl command in the folder.
    func openssl(_ line: String) async throws {
        let outcome = try await Command.shell("cd '\(path(""))' && openssl \(line)")
        guard outcome.status == 0 else {
            throw OpenSSLCommandError(line: line, text: outcome.text)
        }
    }
}

/// What the openssl command complained about.
struct OpenSSLCommandError: Error {
    let line: String
    let text: String
}
