import Sandbox
import Testing

/// `why`, `optouts` and `parked` after somebody opted out.
struct ConsentCommandTests {
    @Test func saysWhyAnAddressIsOptedOut() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
            let emails = contacts.compactMap { $0["email"]?.stringValue }
            let email = try #require(emails.first)
            #expect(try await bench.json("why", email).first?["state"] == "mailable")
            try await bench.control(
                "constantContact",
                "/unsubscribe",
                #"{"email":"\#(email)","by":"contact","reason":"too much"}"#
            )
            _ = try await bench.run("sync")

            let answers = try await bench.json("why", email.uppercased())
            let why = try #require(answers.first)
            #expect(why["state"] == "opted-out")
            let event = why["events"]?.arrayValue?.last
            #expect(event?["kind"] == "opt-out")
            #expect(event?["by"] == "person")
            #expect(event?["source"] == "account constant-contact")
            #expect(event?["evidence"]?.stringValue?.isEmpty == false)
            #expect(why["records"]?.arrayValue?.first?["flag"] == true)
            #expect(why["memberships"]?.arrayValue?.first?["status"] == "Unsubscribed")

            let optOut = try await bench.json("optouts", "--since", "1h").first {
                $0["address"]?.stringValue == email.lowercased()
            }
            #expect(optOut?["flagged"] == true)
            #expect(optOut?["offLists"] == true)
            #expect(try await bench.json("optouts", "--since", "2999-01-01").isEmpty)
        }
    }

    @Test func knowsNothingOfAStranger() async throws {
        try await Bench.with(members: 1) { bench in
            try await bench.connect()
            let why = try await bench.json("why", "nobody@example.org").first
            #expect(why?["state"] == "unknown")
            #expect(why?["events"]?.arrayValue?.isEmpty == true)
        }
    }

    @Test func retriesParkedRowsAndRefusesADeletedContact() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let parked = try await bench.json("parked", "list")
            let retried = try await bench.json("parked", "retry").first
            #expect(retried?["retried"]?.arrayValue?.count == parked.count)

            let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
            let emails = contacts.compactMap { $0["email"]?.stringValue }
            let email = try #require(emails.first)
            try await bench.control("constantContact", "/delete-contact", #"{"email":"\#(email)"}"#)
            _ = try await bench.run("sync", "--full")
            let held = try await bench.json("holds", "list").first
            #expect(held?["rule"] == "C9")
            #expect(held?["address"]?.stringValue == email.lowercased())
            let outcome = try await bench.run("parked", "retry", email)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("C9"))
        }
    }
}
