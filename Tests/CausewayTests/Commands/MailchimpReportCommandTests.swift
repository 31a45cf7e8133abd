import Sandbox
import Testing

/// `report` for a campaign that is linked to an audience: its mailings are those to the campaign's tag.
struct MailchimpReportCommandTests {
    /// What the report calls a number, and the acts of the people behind it.
    private static let kinds: [(people: String, keys: [String])] = [
        ("optouts", ["optedOut"]), ("bounces", ["hardBounced", "softBounced"]), ("opens", ["opened"]),
        ("clicks", ["clicked"]), ("complaints", ["complained"]), ("sent", ["sent"]),
    ]

    private static let shares =
        #""opens":0.5,"clicks":0.2,"hard":0.1,"soft":0.1,"unsubscribes":0.1,"complaints":0.05"#

    /// Sends a mail to the tag of the linked campaign.
    private func send(_ bench: Bench, name: String = "Spring news") async throws -> SandboxJSON {
        let audience = try await bench.control("mailchimp", "/state?members=false")["audiences"]?.arrayValue?.first
        let tag = try #require(audience?["tags"]?.arrayValue?.first?["id"]?.intValue)
        return try await bench.control(
            "mailchimp",
            "/send-campaign",
            #"{"segment_id":\#(tag),"title":"\#(name)","subject":"\#(name)",\#(Self.shares)}"#
        )
    }

    private func mailing(_ bench: Bench, _ reference: String) async throws -> SandboxJSON {
        let report = try #require(try await bench.json("report", reference).first)
        #expect(report["openedBy"] == "machine-or-human")
        let account = try #require(report["accounts"]?.arrayValue?.first)
        #expect(account["account"] == "mailchimp")
        #expect(account["problem"] == SandboxJSON.null)
        #expect(account["mailings"]?.arrayValue?.count == 1)
        return try #require(account["mailings"]?.arrayValue?.first)
    }

    @Test func totalsEqualThePeopleBehindThem() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linkedToAudience()
            let sent = try await send(bench)
            // What went to somebody else's tag, or to everybody, is none of the campaign's.
            try await bench.control("mailchimp", "/send-campaign", #"{"subject":"To everybody"}"#)
            _ = try await bench.run("sync", "--full")
            let mailing = try await mailing(bench, reference)
            #expect(mailing["name"] == "Spring news")
            #expect(mailing["sent"] == sent["recipients"])
            let people = try #require(mailing["people"])
            for (kind, keys) in Self.kinds {
                for key in keys {
                    #expect(mailing[key] == people[key], "\(key)")
                    #expect(mailing[key]?.intValue ?? 0 > 0, "\(key)")
                }
                let rows = try await bench.json("report", reference, "--people", kind)
                #expect(rows.count == keys.compactMap { mailing[$0]?.intValue }.reduce(0, +), "\(kind)")
                #expect(rows.allSatisfy { $0["records"]?.arrayValue?.isEmpty == false }, "\(kind)")
                #expect(rows.allSatisfy { $0["account"] == "mailchimp" }, "\(kind)")
                #expect(Set(rows.compactMap { $0["address"]?.stringValue }).count == rows.count, "\(kind)")
            }
            #expect(mailing["delivered"] == people["delivered"])
            let lost = ["hardBounced", "softBounced"].compactMap { mailing[$0]?.intValue }.reduce(0, +)
            #expect(mailing["delivered"]?.intValue == (mailing["sent"]?.intValue ?? 0) - lost)
        }
    }

    @Test func anOptOutOfTheReportIsTheOneThatStands() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linkedToAudience()
            _ = try await send(bench)
            _ = try await bench.run("sync", "--full")
            let rows = try await bench.json("report", reference, "--people", "optouts")
            #expect(!rows.isEmpty)
            for row in rows {
                #expect(row["act"] == "opted-out")
                #expect(row["event"]?["by"] == "person")
                #expect(row["reason"] == "No longer interested")
                let address = try #require(row["address"]?.stringValue)
                let why = try #require(try await bench.json("why", address).first)
                // That it was the person, the report says of an opt-out that was known before (C3).
                #expect(why["standing"]?.arrayValue?.map { $0["by"] } == ["person"], "\(why.text)")
                let received = why["events"]?.arrayValue?.compactMap { $0["through"]?.stringValue } ?? []
                #expect(received.count == Set(received).count)
            }
        }
    }

    @Test func showsATableAndAChart() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linkedToAudience()
            let sent = try await send(bench)
            _ = try await bench.run("sync", "--full")
            let shown = try await bench.run("report", reference)
            #expect(shown.status == 0)
            #expect(shown.output.contains("Spring news"))
            #expect(shown.output.contains("OPTED OUT"))
            #expect(shown.output.contains("░"))
            #expect(shown.output.contains("machines as well as people"))
            // Every complaint has a name here.
            #expect(!shown.output.contains("not known by name"))

            let campaign = try #require(sent["campaign_id"]?.stringValue)
            try await bench.control("mailchimp", "/delete-campaign", #"{"campaign_id":"\#(campaign)"}"#)
            _ = try await bench.run("sync", "--full")
            #expect(try await bench.run("report", reference).output.contains("Spring news (deleted)"))
            let kept = try await mailing(bench, reference)
            #expect(kept["sent"] == sent["recipients"])
            #expect(kept["deletedAt"]?.stringValue != nil)
        }
    }

    @Test func csvHasTheTotalsAndTheRows() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linkedToAudience()
            _ = try await send(bench, name: "=SUM(1), news")
            _ = try await bench.run("sync", "--full")
            let mailing = try await mailing(bench, reference)
            let lines = try await bench.run("report", reference, "--csv").output.split(separator: "\r\n")
            #expect(lines.count == 2)
            #expect(lines.first?.hasPrefix("campaign,account,list,mailing,name,sentAt,sent,delivered,opened") == true)
            #expect(lines.last?.contains(#","'=SUM(1), news","#) == true)
            for (kind, keys) in Self.kinds {
                let people = try await bench.run("report", reference, "--people", kind, "--csv").output
                let total = keys.compactMap { mailing[$0]?.intValue }.reduce(0, +)
                #expect(people.split(separator: "\r\n").count == total + 1, "\(kind)")
            }
        }
    }

    @Test func saysThatNothingWasSent() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linkedToAudience()
            _ = try await bench.run("sync", "--full")
            #expect(try await bench.run("report", reference).output.contains("nothing was sent to this list yet"))
            for kind in ["optouts", "bounces", "opens"] {
                #expect(try await bench.json("report", reference, "--people", kind).isEmpty)
            }
            #expect(try await bench.run("report", reference, "--people", "optouts").output.contains("no opt-outs"))
        }
    }
}
