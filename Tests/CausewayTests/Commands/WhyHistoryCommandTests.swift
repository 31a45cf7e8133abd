import Foundation
import Sandbox
import Testing

/// `why --at`: a moment past is told as it was told then.
struct WhyHistoryCommandTests {
    /// What is told of a moment, then and later; beside these there are `at` and `notKept`.
    private static let keys = [
        "address", "state", "standing", "twins", "records", "memberships", "events", "contacts", "parked", "holds",
        "pending", "writes",
    ]

    @Test func tellsEveryMomentOfALifeAsItWasToldThen() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let (email, person, member) = try await somebody(in: bench)
            var told: [(step: String, moment: String, why: SandboxJSON)] = []
            func happens(_ step: String, _ control: (service: String, path: String, body: String)? = nil) async throws {
                if let control { try await bench.control(control.service, control.path, control.body) }
                _ = try await bench.run("sync")
                let why = try #require(try await bench.json("why", email).first)
                told.append((step, Date().formatted(.iso8601WithFraction), why))
            }
            func edit(_ resource: String, _ id: Int, _ set: String) -> (String, String, String) {
                ("workbooks", "/edit", #"{"resource":"\#(resource)","id":\#(id),"set":\#(set)}"#)
            }
            try await happens("first")
            try await happens("renamed", edit("crm/people", person, #"{"person_first_name":"Augusta"}"#))
            try await happens("flagged", edit("crm/people", person, #"{"no_email_soliciting":true}"#))
            try await happens("flag cleared", edit("crm/people", person, #"{"no_email_soliciting":false}"#))
            try await happens(
                "another address",
                edit("crm/people", person, #"{"main_location[email]":"elsewhere@example.org"}"#)
            )
            try await happens(
                "the address again",
                edit("crm/people", person, #"{"main_location[email]":"\#(email)"}"#)
            )
            try await happens(
                "unsubscribed",
                ("constantContact", "/unsubscribe", #"{"email":"\#(email)","by":"contact"}"#)
            )
            try await happens("disputed", edit("crm/people", person, #"{"no_email_soliciting":false}"#))
            let hold = try #require(try await bench.json("holds", "list").first?["id"]?.intValue)
            try await bench.json("holds", "approve", String(hold), "restore-flag")
            try await happens("decided")
            try await happens(
                "member gone",
                ("workbooks", "/edit", #"{"resource":"crm/campaign_membership","id":\#(member),"delete":true}"#)
            )
            let states = told.compactMap { $0.why["state"]?.stringValue }
            #expect(
                states == [
                    "mailable", "mailable", "opted-out", "mailable", "mailable", "mailable", "opted-out", "opted-out",
                    "opted-out", "opted-out",
                ]
            )
            #expect(Set(told.map { $0.why["records"] }).count > 4, "the records change in this life")
            for (step, moment, why) in told {
                let past = try #require(try await bench.json("why", email, "--at", moment).first)
                for key in Self.keys { #expect(past[key] == why[key], "\(key) when \(step)") }
                #expect(past["notKept"]?.arrayValue?.count == 2)
            }
            let before = try #require(try await bench.json("why", email, "--at", "2020-01-01").first)
            #expect(before["state"] == "unknown")
            #expect(before["records"] == .array([]) && before["contacts"] == .array([]))
            let text = try await bench.run("why", email, "--at", told[1].moment).output
            #expect(text.contains("Augusta"))
        }
    }

    /// The address of a person who is on the list, with the record and a membership.
    private func somebody(in bench: Bench) async throws -> (email: String, person: Int, member: Int) {
        let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
        for email in contacts.compactMap({ $0["email"]?.stringValue }) {
            let why = try #require(try await bench.json("why", email).first)
            guard let records = why["records"]?.arrayValue, records.count == 1, records[0]["type"] == "person",
                records[0]["main"] == true, why["state"] == "mailable", let id = records[0]["id"]?.intValue,
                let member = why["memberships"]?.arrayValue?.first?["member"]?.intValue
            else { continue }
            return (email.lowercased(), id, member)
        }
        throw NobodyFound()
    }

    private struct NobodyFound: Error {}
}

extension FormatStyle where Self == Date.ISO8601FormatStyle {
    fileprivate static var iso8601WithFraction: Self { Self(includingFractionalSeconds: true) }
}
