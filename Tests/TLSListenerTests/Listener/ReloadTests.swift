import Foundation
import TLSListener
import Testing

/// Certificates that change while clients are connected.
@Suite(.serialized) struct ReloadTests {
    @Test func dropsNoConnectionWhileItReloadsUnderLoad() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        let store = try CertificateStore(pairs: [pair])
        try await TestListener.run(store) { listener in
            try await withThrowingTaskGroup(of: String.self) { tasks in
                for _ in 0..<4 {
                    tasks.addTask {
                        try await listener.curl(
                            authority,
                            [
                                "--output", "/dev/null", "--write-out", "%{http_code} %{num_connects}\n",
                                listener.url("/slow/[1-60]"),
                            ]
                        ).outputText
                    }
                }
                for _ in 0..<5 {
                    try await authority.issue("server")
                    try store.reload()
                    // New handshakes beside the load.
                    let served = try await listener.curl(authority, [listener.url("/hello")])
                    #expect(served.outputText == "hello", "\(served.errorText)")
                }
                for try await output in tasks {
                    let lines = output.split(separator: "\n")
                    #expect(lines.count == 60)
                    #expect(lines.first == "200 1")
                    #expect(lines.dropFirst().allSatisfy { $0 == "200 0" })
                }
            }
        }
    }

    @Test func servesTheNewCertificateToNewConnectionsOnly() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server", names: "DNS:localhost,DNS:before.example.test")
        let store = try CertificateStore(pairs: [pair])
        try await TestListener.run(store) { listener in
            let show = "| openssl x509 -noout -ext subjectAltName"
            let ask = "echo | openssl s_client -connect 127.0.0.1:\(listener.port) 2>/dev/null \(show)"
            #expect(try await Command.shell(ask).outputText.contains("before"))
            try await authority.issue("server", names: "DNS:localhost,DNS:after.example.test")
            try store.reload()
            #expect(try await Command.shell(ask).outputText.contains("after"))
            // A bad file changes nothing.
            try Data("half a file".utf8).write(to: URL(filePath: pair.key))
            #expect(throws: CertificateError.self) { try store.reload() }
            #expect(try await Command.shell(ask).outputText.contains("after"))
        }
    }
}
