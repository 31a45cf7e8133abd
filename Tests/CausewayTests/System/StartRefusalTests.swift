import Foundation
import Sandbox
import Testing

extension SystemTests {
    /// What `serve` refuses to start with: each time status 1 and one clear message, and nothing is left running.
    @Suite
    struct StartRefusalTests {
        @Test(.timeLimit(.minutes(1)))
        func refusesCertificatesThatCannotBeServed() async throws {
            try await Installation.run(members: 0) { installation in
                let certificates = installation.certificates
                let garbage = try installation.folder.write("no certificate", to: "garbage.pem")
                let cases: [(settings: [String: String?], says: [String])] = [
                    (["CAUSEWAY_TLS_KEY": try await certificates.strangeKey()], ["strange.key", "match"]),
                    (["CAUSEWAY_TLS_CERTIFICATE": try await certificates.expired()], ["expired.pem", "expired"]),
                    (["CAUSEWAY_TLS_CERTIFICATE": garbage], ["garbage.pem"]),
                    (["CAUSEWAY_TLS_CERTIFICATE": "/nowhere/server.pem"], ["/nowhere/server.pem"]),
                    (["CAUSEWAY_TLS_CERTIFICATE": nil], ["CAUSEWAY_TLS_CERTIFICATE"]),
                ]
                for (settings, says) in cases {
                    try await Self.expectRefusal(installation, settings, says)
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func refusesAPortThatIsTaken() async throws {
            try await Installation.run(members: 0) { installation in
                let taken = "127.0.0.1:\(installation.world.workbooks.port)"
                try await Self.expectRefusal(installation, ["CAUSEWAY_LISTEN": taken], [taken, "taken"])
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func refusesADataDirectoryThatCannotBeWritten() async throws {
            try await Installation.run(members: 0) { installation in
                let file = try installation.folder.write("", to: "a-file")
                try await Self.expectRefusal(installation, ["CAUSEWAY_DATA": file], [file])
                guard let disk = try await SmallDisk.mount(in: installation.folder, megabytes: 8, readOnly: true) else {
                    print("skipped: mounts are not permitted here")
                    return
                }
                do { try await Self.expectRefusal(installation, ["CAUSEWAY_DATA": disk.path], [disk.path]) } catch {
                    try await disk.unmount()
                    throw error
                }
                try await disk.unmount()
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func refusesASecondServeOnTheSameDirectory() async throws {
            try await Installation.run(members: 0) { installation in
                let first = try await installation.serve()
                try await Self.expectRefusal(installation, [:], ["another causeway serve", installation.dataDirectory])
                #expect(try await first.curl([], "/health/ready").status != 0)
                // A killed process leaves nothing to wait for.
                try await first.child.killNow()
                _ = try await installation.serve()
            }
        }

        private static func expectRefusal(
            _ installation: Installation,
            _ settings: [String: String?],
            _ says: [String],
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let child = try installation.startServing(environment: settings)
            let ending = try await child.waitForEnd(within: .seconds(20))
            #expect(ending == .init(status: 1, wasSignal: false), sourceLocation: sourceLocation)
            let message = child.errorText
            for part in says {
                #expect(message.contains(part), "\(message)", sourceLocation: sourceLocation)
            }
            #expect(message.hasPrefix("error: "), "\(message)", sourceLocation: sourceLocation)
        }
    }
}
