import Foundation
import Sandbox
import Testing

/// Exit statuses, settings, and the commands that need no service.
struct UseTests {
    @Test(arguments: [
        ["optouts", "--since", "yesterday"], ["inbox", "replay"], ["inbox", "show", "seven"], ["nonsense"],
        ["map", "add", "town"],
        ["connect", "workbooks", "--url", "http://127.0.0.1:1", "--api-key-file", "k", "--name", "a/b"],
        ["link", "CAMP-1", "--to", "x", "--interval", "soon"],
    ])
    func endsWithTwoForWrongUse(_ arguments: [String]) async throws {
        let outcome = try await CausewayProgram.run(arguments)
        #expect(outcome.status == 2)
        #expect(!outcome.errors.isEmpty)
    }

    @Test func takesSettingsByFlagThenEnvironmentThenFileThenDefault() async throws {
        try await Bench.with(members: 0) { bench in
            let file = try bench.file(
                "settings.yaml",
                "optIn:\n  bulk: 7\n  clearFlag: false\nlog:\n  level: debug\ncrm:\n  softwareUsers: [3, 4]\n"
                    + "campaign:\n  leavingStatuses:\n    - Left\n    - Gone\n"
            )
            let outcome = try await bench.run(
                ["doctor", "--json", "--config", file],
                environment: ["CAUSEWAY_OPT_IN_BULK": "8", "CAUSEWAY_LISTEN": ""]
            )
            #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
            let rows = outcome.documents.first?["settings"]?.arrayValue ?? []
            func row(_ name: String) -> [String?] {
                let found = rows.first { $0["name"]?.stringValue == name }
                return [found?["value"]?.stringValue, found?["origin"]?.stringValue]
            }
            #expect(row("log.level") == ["error", "flag"])
            #expect(row("optIn.bulk") == ["8", "environment"])
            #expect(row("optIn.clearFlag") == ["false", "file"])
            #expect(row("crm.softwareUsers") == ["3,4", "file"])
            #expect(row("campaign.leavingStatuses") == ["Left,Gone", "file"])
            #expect(row("listen") == ["0.0.0.0:8443", "default"])
        }
    }

    @Test func reportsKeysThatNothingReads() async throws {
        try await Bench.with(members: 0) { bench in
            _ = try bench.file("causeway.yaml", "optIn:\n  cleerFlag: true # once\n# optOut: no\nlisten: 127.0.0.1:0\n")
            let outcome = try await bench.run("doctor")
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("optIn.cleerFlag"))
            #expect(!outcome.output.contains("“listen”"))
        }
    }

    @Test func findsAKeyFileThatIsOpenToOthers() async throws {
        try await Bench.with(members: 0) { bench in
            try await bench.connectWorkbooks()
            let key = bench.data + "/secret.key"
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
            let outcome = try await bench.run("doctor")
            #expect(outcome.status == 1)
            #expect(outcome.output.contains("chmod 600 \(key)"))
        }
    }

    @Test(arguments: [
        ["ledger", "verify"], ["ledger", "head"], ["ledger", "export", "ada@example.org", "--out", "bundle"],
        ["status"],
        ["why", "ada@example.org"], ["optouts"], ["holds", "list"], ["parked", "list"], ["inbox", "list"],
        ["map", "list"],
        ["campaigns"], ["plan"], ["sync"], ["backup", "file"], ["erase", "ada@example.org", "--yes"],
        ["webhooks", "secret", "workbooks"],
    ])
    func aMistypedDataDirectoryIsRefusedAndNothingIsMade(_ arguments: [String]) async throws {
        try await Bench.with(members: 0) { bench in
            let outcome = try await bench.run(arguments)
            #expect(outcome.status == 1, "\(outcome.output)")
            #expect(outcome.errors.contains("There is no store of Causeway in \(bench.data)"), "\(outcome.errors)")
            #expect(outcome.errors.contains("--data"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).isEmpty)
        }
    }

    @Test func keepsTheOldWebhookSecretAfterARotation() async throws {
        try await Bench.with(members: 0) { bench in
            try await bench.connectWorkbooks()
            let first = try await bench.json("webhooks", "secret", "workbooks").first?["secret"]?.stringValue
            #expect(first?.hasPrefix("whsec_") == true)
            let rotated = try await bench.json("webhooks", "rotate", "workbooks", "--overlap", "1h").first
            #expect(rotated?["olderUntil"]?.stringValue != nil)
            let second = try await bench.json("webhooks", "secret", "workbooks").first?["secret"]?.stringValue
            #expect(second == rotated?["secret"]?.stringValue)
            #expect(second != first)
        }
    }
}
