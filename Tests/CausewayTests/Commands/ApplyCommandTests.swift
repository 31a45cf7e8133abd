import Foundation
import Sandbox
import Testing

/// `plan --out` and `apply` on a sandbox.
struct ApplyCommandTests {
    @Test func doesWhatThePlanSays() async throws {
        try await Bench.with { bench in
            try await bench.connect()
            let reference = try await bench.campaign()
            try await bench.json("link", reference, "--to", "constant-contact", "--yes")
            let file = bench.folder.appending(path: "plan.json").path
            let made = try await bench.json("plan", "--out", file).first
            let rows = Int(made?["rows"]?.doubleValue ?? 0)
            #expect(rows > 0)
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            let outcome = try await bench.run("apply", file, "--json")
            #expect([0, 3].contains(outcome.status), "\(outcome.errors)\(outcome.output)")
            let applied = try #require(outcome.documents.first)
            #expect(applied["applied"] == true)
            #expect(applied["moved"]?.arrayValue?.isEmpty == true)
            #expect((applied["done"]?.arrayValue?.count ?? 0) > 0)
            #expect(applied["unfinished"]?.arrayValue?.isEmpty == true)
            // A second time, what it rests on has moved: it was done.
            let again = try await bench.run("apply", file)
            #expect(again.status == 1)
            #expect(again.errors.contains("has moved"))
        }
    }

    @Test func refusesWhatHasMovedAndSaysHow() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let email = try #require(try await bench.listedEmail())
            try await bench.control("constantContact", "/unsubscribe", #"{"email":"\#(email)","by":"contact"}"#)
            let file = bench.folder.appending(path: "plan.json").path
            try await bench.json("plan", "--out", file)
            // Meanwhile a round does it.
            _ = try await bench.run("sync")
            let outcome = try await bench.run("apply", file, "--json")
            #expect(outcome.status == 1)
            let refused = try #require(outcome.documents.first)
            #expect(refused["applied"] == false)
            // The record's other addresses are rows of their own, and have moved with it.
            let moved = try #require(
                refused["moved"]?.arrayValue?.first { $0["address"]?.stringValue == email.lowercased() }
            )
            #expect(moved["what"]?.arrayValue?.isEmpty == false)
        }
    }

    @Test func refusesAnEditedPlanAndNoPlan() async throws {
        try await Bench.with(members: 5) { bench in
            try await bench.connect()
            let reference = try await bench.campaign()
            try await bench.json("link", reference, "--to", "constant-contact", "--yes")
            let file = bench.folder.appending(path: "plan.json").path
            try await bench.json("plan", "--out", file)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let edited = try bench.file("edited.json", text.replacingOccurrences(of: "example", with: "elsewhere"))
            let outcome = try await bench.run("apply", edited)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("edited"))
            let other = try await bench.run("apply", try bench.file("junk", "no plan"))
            #expect(other.status == 1)
            #expect(other.errors.contains("no plan"))
            #expect(try await bench.run("apply", "/nowhere/plan.json").status == 1)
        }
    }
}
