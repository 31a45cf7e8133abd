import Sandbox
import Testing

/// `holds` with the real program: what is held is shown everywhere, and decisions take effect at the next round.
struct HoldsCommandTests {
    /// The address of somebody who is on the list.
    private func somebody(_ bench: Bench) async throws -> String {
        let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
        let emails = contacts.compactMap { $0["email"]?.stringValue }
        let email = try #require(emails.first)
        return email.lowercased()
    }

    private func contact(_ email: String, _ bench: Bench) async throws -> SandboxJSON? {
        let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
        return contacts.first { $0["email"]?.stringValue?.lowercased() == email }
    }

    @Test func aDeletedContactIsHeldShownAndMadeAnewWhenApproved() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            #expect(try await bench.json("holds", "list").isEmpty)
            let email = try await somebody(bench)
            try await bench.control("constantContact", "/delete-contact", #"{"email":"\#(email)"}"#)
            #expect(try await bench.run("sync", "--full").status == 3)

            let hold = try #require(try await bench.json("holds", "list").first)
            #expect(hold["rule"] == "C9")
            #expect(hold["address"]?.stringValue == email)
            #expect(hold["link"] == SandboxJSON.null)
            #expect(hold["choices"]?.arrayValue?.compactMap(\.stringValue) == ["recreate", "keep-off"])
            #expect(hold["reason"]?.stringValue?.isEmpty == false)
            let id = String(try #require(hold["id"]?.intValue))
            let shown = try await bench.json("holds", "show", id).first
            #expect(shown?["rows"]?.arrayValue?.first?["address"]?.stringValue == email)
            let why = try await bench.json("why", email).first
            #expect(why?["holds"]?.arrayValue?.first?["rule"] == "C9")
            let links = try await bench.json("status").first?["links"]?.arrayValue
            #expect(links?.compactMap { $0["held"]?.intValue }.max() == 1)
            #expect(try await bench.json("plan").contains { $0["action"] == "hold" && $0["code"] == "C9" })

            // Of two choices one has to be named, and one that there is.
            #expect(try await bench.run("holds", "approve", id).status == 1)
            #expect(try await bench.run("holds", "approve", id, "nonsense").status == 2)
            #expect(try await bench.run("holds", "approve", id, "restore-flag").status == 1)
            #expect(try await bench.run("holds", "approve", "4711", "recreate").status == 1)
            let approved = try await bench.json("holds", "approve", id, "recreate").first
            #expect(approved?["state"] == "approved")
            _ = try await bench.run("sync")
            #expect(try await contact(email, bench)?["deleted_at"]?.stringValue == nil)
            #expect(try await contact(email, bench)?["lists"]?.arrayValue?.isEmpty == false)
            #expect(try await bench.json("holds", "list").isEmpty)
            #expect(try await bench.json("holds", "list", "--all").count == 1)
        }
    }

    @Test func aDisputeCountsAsOpenUntilItIsDecided() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let email = try await somebody(bench)
            try await bench.control("constantContact", "/unsubscribe", #"{"email":"\#(email)","by":"contact"}"#)
            _ = try await bench.run("sync")
            let record = try await bench.json("why", email).first?["records"]?.arrayValue?.first
            let kind = try #require(record?["type"]?.stringValue)
            let id = try #require(record?["id"]?.intValue)
            let resource = kind == "person" ? "crm/people" : "crm/sales_leads"
            let flag = kind == "person" ? "no_email_soliciting" : "org_lead_party[no_email_soliciting]"
            try await bench.control(
                "workbooks",
                "/edits",
                #"[{"resource":"\#(resource)","id":\#(id),"set":{"\#(flag)":false}}]"#
            )
            #expect(try await bench.run("sync").status == 3)
            let hold = try #require(try await bench.json("holds", "list").first)
            #expect(hold["rule"] == "C6")
            #expect(
                hold["choices"]?.arrayValue?.compactMap(\.stringValue) == ["restore-flag", "send-confirmation"]
            )
            #expect(try await bench.json("status").first?["optOuts"]?["open"] == 1)
            let number = String(try #require(hold["id"]?.intValue))
            try await bench.json("holds", "approve", number, "send-confirmation")
            _ = try await bench.run("sync")
            let state = try await bench.control("constantContact", "/state?contacts=false")
            #expect(state["resubscribe_mails"] == 1)
            #expect(try await bench.json("status").first?["optOuts"]?["open"] == 0)
            #expect(try await bench.json("why", email).first?["state"] == "opted-out")
        }
    }

    @Test func twoAddressesOfOneContactAreToldAsOneUntilSomebodyDecides() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let (old, new) = (try await somebody(bench), "moved@example.org")
            try await bench.control("constantContact", "/change-address", #"{"email":"\#(old)","to":"\#(new)"}"#)
            _ = try await bench.run("sync", "--full")
            let hold = try #require(try await bench.json("holds", "list").first { $0["rule"] == "C11" })
            let ofOld = try #require(try await bench.json("why", old).first?["twins"]?.arrayValue?.first)
            #expect(ofOld["address"]?.stringValue == new)
            #expect(ofOld["isNew"] == true)
            #expect(ofOld["hold"] == hold["id"])
            let ofNew = try #require(try await bench.json("why", new).first)
            #expect(ofNew["twins"]?.arrayValue?.first?["address"]?.stringValue == old)
            #expect(ofNew["holds"]?.arrayValue?.first?["rule"] == "C11")

            let id = String(try #require(hold["id"]?.intValue))
            try await bench.json("holds", "dismiss", id)
            #expect(try await bench.json("why", old).first?["twins"]?.arrayValue?.isEmpty == true)
        }
    }

    @Test func aDismissedHoldRaisesNoSecondOne() async throws {
        try await Bench.with { bench in
            try await bench.linked()
            let email = try await somebody(bench)
            try await bench.control("constantContact", "/delete-contact", #"{"email":"\#(email)"}"#)
            _ = try await bench.run("sync", "--full")
            let id = String(try #require(try await bench.json("holds", "list").first?["id"]?.intValue))
            let dismissed = try await bench.json("holds", "dismiss", id, "--reason", "they asked for it").first
            #expect(dismissed?["state"] == "dismissed")
            #expect(dismissed?["note"] == "they asked for it")
            _ = try await bench.run("sync", "--full")
            #expect(try await bench.json("holds", "list").isEmpty)
            #expect(try await bench.run("holds", "dismiss", id).status == 1)
            #expect(try await contact(email, bench)?["deleted_at"]?.stringValue != nil)
        }
    }

    @Test func aRunThatIsTooLargeWaitsAndGoesWhenItIsReleased() async throws {
        try await Bench.with { bench in
            let reference = try await bench.linked()
            func onList() async throws -> Int {
                let links = try await bench.json("status").first?["links"]?.arrayValue
                return try #require(links?.first?["onList"]?.intValue)
            }
            let before = try await onList()
            let contacts = try await bench.control("constantContact", "/state")["contacts"]?.arrayValue ?? []
            let emails = contacts.filter { $0["lists"]?.arrayValue?.isEmpty == false }
                .compactMap { $0["email"]?.stringValue }
            for email in emails.prefix(2) {
                for member in try await bench.json("why", email).first?["memberships"]?.arrayValue ?? [] {
                    let id = try #require(member["member"]?.intValue)
                    try await bench.control(
                        "workbooks",
                        "/edit",
                        #"{"resource":"crm/campaign_membership","id":\#(id),"delete":true}"#
                    )
                }
            }
            let careful = ["CAUSEWAY_BREAKER_ROWS": "1", "CAUSEWAY_BREAKER_SHARE": "0"]
            #expect(try await bench.run(["sync"], environment: careful).status == 3)
            #expect(try await onList() == before)
            let hold = try #require(try await bench.json("holds", "list").first)
            #expect(hold["rule"] == "breaker")
            #expect(hold["rows"] == 2)
            #expect(hold["link"]?.intValue != nil)
            #expect(hold["choices"]?.arrayValue?.compactMap(\.stringValue) == ["release"])
            let status = try await bench.json("status").first?["links"]?.arrayValue?.first
            #expect(status?["reference"]?.stringValue == reference)
            #expect(status?["held"] == 1)
            try await bench.json("holds", "approve", String(try #require(hold["id"]?.intValue)))
            _ = try await bench.run(["sync"], environment: careful)
            #expect(try await onList() == before - 2)
            #expect(try await bench.json("holds", "list").isEmpty)
        }
    }
}
