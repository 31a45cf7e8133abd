import Sandbox
import Testing

/// `report` with the real program: what became of the mail, in words, JSON and CSV.
struct ReportCommandTests {
    /// Sends a mail to the list of the linked campaign.
    @discardableResult
    private func send(_ bench: Bench, _ others: String = "") async throws -> SandboxJSON {
        let lists = try await bench.control("constantContact", "/state")["lists"]?.arrayValue ?? []
        let list = try #require(lists.first { $0["name"] != "All Workbooks Contacts" }?["list_id"]?.stringValue)
        return try await bench.control("constantContact", "/send-email", #"{"list_ids":["\#(list)"]\#(others)}"#)
    }

    private let shares = #""opens":0.5,"clicks":0.2,"hard":0.1,"soft":0.1,"unsubscribes":0.1,"complaints":0.05"#

    @Test func saysClearlyThatThereIsNothing() async throws {
        try await Bench.with { bench in
            try await bench.connect()
            let unknown = try await bench.run("report", "CAMP-4711")
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("there is no campaign “CAMP-4711”"))
            let reference = try await bench.campaign()
            let unlinked = try await bench.run("report", reference)
            #expect(unlinked.status == 1)
            #expect(unlinked.errors.contains("is not linked"))
            #expect(try await bench.run("report", reference, "--csv", "--json").status == 2)
            #expect(try await bench.run("report", reference, "--people", "nonsense").status == 2)

            try await bench.json("link", reference, "--to", "constant-contact")
            let early = try await bench.run("report", reference)
            #expect(early.status == 0)
            #expect(early.output.contains("not looked at yet"))
            _ = try await bench.run("sync", "--full")
            let empty = try await bench.run("report", reference)
            #expect(empty.output.contains("nothing was sent to this list yet"))
            #expect(try await bench.run("report", reference, "--people", "optouts").output.contains("no opt-outs"))
        }
    }

    @Test func totalsEqualThePeopleBehindThem() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linked()
            let sent = try await send(bench, #","name":"Spring news",\#(shares)"#)
            _ = try await bench.run("sync", "--full")
            let report = try #require(try await bench.json("report", reference).first)
            #expect(report["openedBy"] == "machine-or-human")
            let account = try #require(report["accounts"]?.arrayValue?.first)
            #expect(account["problem"] == SandboxJSON.null)
            let mailing = try #require(account["mailings"]?.arrayValue?.first)
            #expect(mailing["name"] == "Spring news")
            #expect(mailing["sent"] == sent["sends"])
            let people = try #require(mailing["people"])
            for key in ["sent", "delivered", "opened", "clicked", "hardBounced", "softBounced", "optedOut"] {
                #expect(mailing[key] == people[key], "\(key)")
                #expect(mailing[key]?.intValue ?? 0 > 0, "\(key)")
            }
            #expect(mailing["complained"] == 1)
            #expect(mailing["deletedAt"] == SandboxJSON.null)

            for (kind, keys) in [
                ("optouts", ["optedOut"]), ("bounces", ["hardBounced", "softBounced"]), ("opens", ["opened"]),
                ("clicks", ["clicked"]), ("sent", ["sent"]),
            ] {
                let rows = try await bench.json("report", reference, "--people", kind)
                #expect(rows.count == keys.compactMap { mailing[$0]?.intValue }.reduce(0, +), "\(kind)")
                #expect(rows.allSatisfy { $0["records"]?.arrayValue?.isEmpty == false }, "\(kind)")
            }
            let optOut = try await bench.json("report", reference, "--people", "optouts").first
            #expect(optOut?["event"]?["by"] == "person")
            #expect(optOut?["reason"] == "No longer interested")
        }
    }

    @Test func showsATableAndAChart() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linked()
            let sent = try await send(bench, #","name":"Spring news",\#(shares)"#)
            _ = try await bench.run("sync", "--full")
            let shown = try await bench.run("report", reference)
            #expect(shown.status == 0)
            #expect(shown.output.contains("Spring news"))
            #expect(shown.output.contains("OPTED OUT"))
            #expect(shown.output.contains("░"))
            #expect(shown.output.contains("not known by name: 1 of complaints"))
            #expect(shown.output.contains("machines as well as people"))

            let campaign = try #require(sent["campaign_id"]?.stringValue)
            try await bench.control("constantContact", "/delete-email", #"{"campaign_id":"\#(campaign)"}"#)
            _ = try await bench.run("sync", "--full")
            let gone = try await bench.run("report", reference)
            #expect(gone.output.contains("Spring news (deleted)"))
            let mailing = try await bench.json("report", reference).first?["accounts"]?.arrayValue?.first?["mailings"]?
                .arrayValue?.first
            #expect(mailing?["sent"] == sent["sends"])
            #expect(mailing?["deletedAt"]?.stringValue != nil)
        }
    }

    @Test func csvIsQuotedAndNoFormula() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linked()
            try await send(bench, #","name":"=HYPERLINK(\"x\"), \"quoted\"",\#(shares)"#)
            _ = try await bench.run("sync", "--full")
            let csv = try await bench.run("report", reference, "--csv").output
            let lines = csv.split(separator: "\r\n", omittingEmptySubsequences: false)
            #expect(lines.count == 3)
            #expect(lines.first?.hasPrefix("campaign,account,list,mailing,name,sentAt,sent,delivered,opened") == true)
            #expect(lines.dropFirst().first?.contains(#","'=HYPERLINK(""x""), ""quoted""","#) == true)
            #expect(lines.last == "")
            let people = try await bench.run("report", reference, "--people", "opens", "--csv").output
            let opened = try await bench.json("report", reference, "--people", "opens").count
            #expect(people.split(separator: "\r\n").count == opened + 1)
        }
    }

    @Test func anAccountWithoutTheRightToReadReportsSaysWhy() async throws {
        try await Bench.with(scopes: ["contact_data", "account_read", "offline_access"]) { bench in
            let reference = try await bench.linked()
            let round = try await bench.run("sync", "--full")
            #expect([0, 3].contains(round.status), "\(round.errors)")
            let shown = try await bench.run("report", reference)
            #expect(shown.status == 0)
            #expect(shown.output.contains("the reports cannot be read"))
        }
    }
}
