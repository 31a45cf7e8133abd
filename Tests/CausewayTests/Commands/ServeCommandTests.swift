import Foundation
import Sandbox
import Testing

/// `serve`: when it refuses to start, and how it ends.
struct ServeCommandTests {
    @Test func refusesToStartWithoutACertificate() async throws {
        try await Bench.with(members: 0) { bench in
            let outcome = try await bench.run("serve")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("CAUSEWAY_TLS_CERTIFICATE"))
        }
    }

    @Test func refusesToStartWithACertificateThatIsNone() async throws {
        try await Bench.with(members: 0) { bench in
            let file = try bench.file("server.pem", "not a certificate")
            let outcome = try await bench.run(
                ["serve"],
                environment: ["CAUSEWAY_TLS_CERTIFICATE": file, "CAUSEWAY_TLS_KEY": file]
            )
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains(file))
        }
    }

    @Test func refusesADataDirectoryThatCannotBeMade() async throws {
        let outcome = try await CausewayProgram.run(["status", "--data", "/dev/null/causeway"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("/dev/null/causeway"))
    }

    @Test func runsOnceOnADataDirectoryAndEndsWithZero() async throws {
        try await Bench.with(members: 3) { bench in
            try await bench.connect()
            let environment = try await certificates(bench)
            let serving = try CausewayProgram.start(
                ["serve", "--data", bench.data],
                environment: environment,
                in: bench.folder
            )
            try await listening(serving)

            let second = try await bench.run(["serve"], environment: environment)
            #expect(second.status == 1)
            #expect(second.errors.contains("another causeway serve"))

            let reference = try await bench.campaign()
            try await bench.json("link", reference, "--to", "constant-contact")
            let round = try await bench.run("sync", "--json")
            #expect([0, 3].contains(round.status), "\(round.errors)")
            #expect(round.documents.first?["dirty"] == 0)
            #expect(await serving.stop() == 0)
        }
    }

    @Test func namesAPortThatIsTaken() async throws {
        try await Bench.with(members: 0) { bench in
            var environment = try await certificates(bench)
            environment["CAUSEWAY_LISTEN"] = "127.0.0.1:\(bench.world.workbooks.port)"
            let outcome = try await bench.run(["serve"], environment: environment)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("is taken by another program"))
        }
    }

    /// A certificate and key for the program.
    private func certificates(_ bench: Bench) async throws -> [String: String] {
        let openssl = try RunningProgram(
            URL(filePath: "/usr/bin/env"),
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "2",
                "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.pem",
            ],
            environment: [:],
            folder: bench.folder
        )
        let status = await openssl.ended()
        let errors = try openssl.errors()
        try #require(status == 0, "\(errors)")
        return [
            "CAUSEWAY_TLS_CERTIFICATE": bench.folder.appending(path: "server.pem").path,
            "CAUSEWAY_TLS_KEY": bench.folder.appending(path: "server.key").path, "CAUSEWAY_LISTEN": "127.0.0.1:0",
        ]
    }

    /// Waits until the program says that it listens.
    private func listening(_ serving: RunningProgram) async throws {
        for _ in 0..<400 {
            if try serving.errors().contains("listening") { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("serve does not listen: \(try serving.errors())")
    }
}
