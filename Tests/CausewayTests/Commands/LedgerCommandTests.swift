import Foundation
import Reconciliation
import Sandbox
import Store
import Testing

/// `ledger`, `erase`, `backup`, `restore` and `why --at` on a whole world.
struct LedgerCommandTests {
    /// Links a campaign, and has somebody on its list opt out.
    ///
    /// - Returns: their address.
    private func optedOut(on bench: Bench) async throws -> String {
        try await bench.linked()
        let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
        let emails = contacts.compactMap { $0["email"]?.stringValue }
        // The longest, which is no part of another one.
        let email = try #require(emails.max { $0.utf8.count < $1.utf8.count })
        try await bench.control(
            "constantContact",
            "/unsubscribe",
            #"{"email":"\#(email)","by":"contact","reason":"too much"}"#
        )
        _ = try await bench.run("sync")
        return email
    }

    /// Changes the database as somebody with `sqlite3` would.
    private func tamper(_ bench: Bench, _ statements: SQL...) async throws {
        let store = try await Store.open(dataDirectory: bench.data)
        try await store.database.write { connection in
            for trigger in try connection.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'", { $0.text(0) })
            {
                try connection.execute("DROP TRIGGER \(raw: trigger)")
            }
            for statement in statements { try connection.execute(statement) }
        }
        await store.closeAndWait()
    }

    /// The files of the data directory that have an address.
    private func files(with address: String, in directory: String) throws -> [String] {
        let all = try #require(FileManager.default.enumerator(atPath: directory))
        return all.compactMap { $0 as? String }.filter { name in
            let content = FileManager.default.contents(atPath: "\(directory)/\(name)") ?? Data()
            return String(decoding: content, as: UTF8.self).lowercased().contains(address.lowercased())
        }
    }

    @Test func theLedgerIsCheckedAndAChangedRowIsNamed() async throws {
        try await Bench.with { bench in
            _ = try await optedOut(on: bench)
            let head = try await bench.run("ledger", "head")
            let kept = try bench.file("head", head.output)
            let report = try await bench.json("ledger", "verify", "--head-file", kept).first
            #expect(report?["holds"] == true)
            #expect(report?["row"]?.isNull == true)
            #expect(try await bench.json("ledger", "head").first?["hash"] == report?["head"]?["hash"])

            try await tamper(bench, "UPDATE consent_event SET received_at = received_at - 1 WHERE sequence = 1")
            let broken = try await bench.json("ledger", "verify", status: 1).first
            #expect(broken?["holds"] == false)
            #expect(broken?["row"]?.intValue == 1)
            let outcome = try await bench.run("ledger", "verify")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("row 1"))
            #expect(try await bench.run("ledger", "verify", "--head", "12").status == 2)
        }
    }

    @Test func aLedgerThatWasCutOffIsFound() async throws {
        try await Bench.with { bench in
            _ = try await optedOut(on: bench)
            let head = try await bench.run("ledger", "head").output
            try await tamper(
                bench,
                "DELETE FROM consent_event WHERE sequence = (SELECT max(sequence) FROM consent_event)"
            )
            #expect(try await bench.run("ledger", "verify").errors.contains("cut off"))
            let words = head.split(separator: " ")
            let hash = try #require(words.last).trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(try await bench.run("ledger", "verify", "--head", hash).status == 1)
        }
    }

    @Test func aBundleIsCheckedElsewhere() async throws {
        try await Bench.with { bench in
            let email = try await optedOut(on: bench)
            let file = bench.folder.appending(path: "bundle.json").path
            try await bench.json("ledger", "export", email.uppercased(), "--out", file)
            let elsewhere = bench.folder.appending(path: "elsewhere")
            try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
            let outcome = try await CausewayProgram.run(["ledger", "verify", file, "--json"], in: elsewhere)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let report = outcome.documents.first
            #expect(report?["holds"] == true)
            #expect(report?["events"]?.intValue == 1)
            #expect(report?["seal"] == "not checked")
            #expect(report?["complete"] == "not checked")
            let words = try await CausewayProgram.run(["ledger", "verify", file], in: elsewhere).output
            #expect(words.contains("complete: not checked"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path).isEmpty)
            let here = try await bench.json("ledger", "verify", file).first
            #expect(here?["seal"] == "holds")
            #expect(here?["complete"] == "holds")

            // Where another key is at hand, it cannot be told.
            let key = elsewhere.appending(path: "other.key")
            _ = try KeyFile.readOrCreate(at: key.path)
            let other = try await CausewayProgram.run(
                ["ledger", "verify", file, "--json"],
                environment: ["CAUSEWAY_KEY_FILE": key.path],
                in: elsewhere
            )
            #expect(other.status == 3)
            #expect(other.documents.first?["holds"]?.isNull == true)
            #expect(other.documents.first?["seal"] == "other key")
            try FileManager.default.removeItem(at: key)

            let written = try String(contentsOfFile: file, encoding: .utf8)
            let bundle = try #require(SandboxJSON(parsing: written))
            let writes = bundle["content"]?["writes"]?.arrayValue ?? []
            let flag = try #require(writes.first { $0["kind"] == "crm-write" })
            #expect(flag["answer"]?.stringValue?.contains("lockVersion") == true)
            #expect(bundle["content"]?["elapsed"]?.arrayValue?.first?["millisecondsToFlag"]?.intValue ?? -1 >= 0)

            let forged = try bench.file("forged", written.replacing("too much", with: "too mucj"))
            #expect(try await bench.run("ledger", "verify", forged).status == 1)
            // Never in place of another file.
            #expect(try await bench.run("ledger", "export", email, "--out", file).status == 1)
        }
    }

    @Test func whyTellsOfThePastAsWell() async throws {
        try await Bench.with { bench in
            let email = try await optedOut(on: bench)
            let now = try await bench.json("why", email).first
            #expect(now?["state"] == "opted-out")
            #expect(now?["at"]?.isNull == true)
            #expect(now?["events"]?.arrayValue?.first?["evidenceState"] == "kept")
            let writes = now?["writes"]?.arrayValue ?? []
            #expect(writes.contains { $0["answer"]?.stringValue?.contains("lockVersion") == true })

            let before = try await bench.json("why", email, "--at", "2020-01-01").first
            #expect(before?["state"] == "unknown")
            #expect(before?["events"]?.arrayValue?.isEmpty == true)
            #expect(before?["notKept"]?.arrayValue?.isEmpty == false)
            let after = try await bench.json("why", email, "--at", "2999-01-01T00:00:00Z").first
            #expect(after?["state"] == "opted-out")
            #expect(after?["standing"]?.arrayValue?.first?["by"] == "person")
        }
    }

    @Test func anErasedAddressIsGoneAndStaysOptedOut() async throws {
        try await Bench.with { bench in
            let email = try await optedOut(on: bench)
            #expect(try await bench.run("erase", email).status == 2, "nobody is there to ask")
            #expect(try files(with: email, in: bench.data).isEmpty == false)
            let erased = try await bench.json("erase", email, "--yes").first
            #expect(erased?["records"]?.arrayValue?.isEmpty == false)
            #expect(erased?["contacts"]?.arrayValue?.first?["account"] == "constant-contact")
            #expect(try files(with: email, in: bench.data) == [])
            _ = try await bench.run("sync", "--full")
            #expect(try files(with: email, in: bench.data) == [])
            #expect(try await bench.json("why", email).first?["state"] == "opted-out")
            let report = try await bench.json("ledger", "verify").first
            #expect(report?["holds"] == true)
            #expect(report?["erased"]?.intValue == 2)
        }
    }

    @Test func aBackupIsRestoredWithTheErasuresSince() async throws {
        try await Bench.with { bench in
            let email = try await optedOut(on: bench)
            let file = bench.folder.appending(path: "backup").path
            let backup = try await bench.json("backup", file).first
            #expect(try await bench.run("backup", file).status == 1, "never in place of another file")
            try await bench.json("erase", email, "--yes")

            let torn = bench.folder.appending(path: "torn")
            try FileHandle(forReadingFrom: URL(filePath: file)).read(upToCount: 20_000)?.write(to: torn)
            let refused = try await bench.run("restore", torn.path)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("shorter than its header says"))
            #expect(try await bench.json("ledger", "verify").first?["erased"]?.intValue == 2, "nothing was changed")

            let restored = try await bench.json("restore", file).first
            #expect(restored?["erasures"]?.intValue == 1)
            #expect(restored?["head"] == backup?["head"])
            #expect(try await bench.json("ledger", "verify").first?["holds"] == true)
            #expect(try await bench.json("why", email).first?["state"] == "opted-out")
            let former = try #require(restored?["formerDatabase"]?.stringValue)
            #expect(FileManager.default.fileExists(atPath: former))
            #expect(try files(with: email, in: bench.data).isEmpty)
        }
    }
}
