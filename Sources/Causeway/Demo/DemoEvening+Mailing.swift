import Sandbox

/// The campaign's mail goes out at both providers, and `serve` reads what became of it.
extension DemoEvening {
    private static let subject = "News of the spring"

    /// A mailing to the campaign's list at each provider: people open, click, bounce and opt out there.
    func mailingGoesOut(_ show: ([String]) async throws -> Void) async throws {
        let cast = try DemoMailingCast(stage)
        let castThere = try DemoMailingCast(stage)
        let sent = stage.model.expectedOnList(of: campaign).count
        let sentThere = expectedOnTag.count
        try await step(
            "C1 C8",
            "The campaign's mail goes out at both providers: at each somebody opts out, and one mail comes back for good",
            about: cast.all + castThere.all,
            verifies: true,
            // One removal for each of those whose mail came back; one change for who opted out at Mailchimp, read before.
            // What a report says of somebody is read back where nothing is known of it.
            costs: DemoCalls(removals: 2, changes: 1, reads: 3),
            allows: DemoAudienceCalls(segments: 4, patches: 1, reads: 4)
        ) {
            try await sendAtConstantContact(cast)
            try await sendAtMailchimp(castThere)
        }
        try await compareReports([
            ("constant-contact", "Constant Contact", DemoMailing(sent: sent, cast: cast)),
            ("mailchimp", "Mailchimp", DemoMailing(sent: sentThere, cast: castThere)),
        ])
        try await show(["report", campaign.reference])
    }

    private func sendAtConstantContact(_ cast: DemoMailingCast) async throws {
        let sides = stage.sides
        guard let list = try await sides.providerState().lists.first(where: { $0.name == campaign.list && !$0.deleted })
        else { throw Failure("the list \(campaign.list) is not there") }
        let mail = try await sides.act(
            "send-email",
            ["name": .string(Self.subject), "list_ids": [.string(list.listId)]]
        )
        let activity = mail["campaign_activity_id"] ?? .null
        func report(_ kind: String, _ person: DemoModel.Record, _ others: [String: SandboxJSON] = [:]) async throws {
            var body = others
            body["kind"] = .string(kind)
            body["email"] = .string(person.main)
            body["campaign_activity_id"] = activity
            try await sides.act("report-event", .object(body))
        }
        for opener in cast.openers { try await report("em_opens", opener) }
        for clicker in cast.openers.prefix(DemoMailingCast.clicks) { try await report("em_clicks", clicker) }
        try await report("em_bounces", cast.bouncing, ["bounce_code": "B"])
        try await report("em_bounces", cast.full, ["bounce_code": "F"])
        try await sides.act("unsubscribe", ["email": .string(cast.leaving.main), "reason": "No longer interested"])
        try await report("em_optouts", cast.leaving, ["reason": "No longer interested"])
        stage.model.bounced.insert(cast.bouncing.main)
        stage.model.optOutAtProvider(cast.leaving.main)
    }

    private func sendAtMailchimp(_ cast: DemoMailingCast) async throws {
        let state = try await audience.state()
        let tags = state["audiences"]?.arrayValue?.first?["tags"]?.arrayValue ?? []
        guard let segment = tags.first(where: { $0["name"]?.stringValue == tag })?["id"]?.intValue else {
            throw Failure("the tag \(tag) is not there")
        }
        let mailing = try await audience.act(
            "send-campaign",
            ["segment_id": .int(segment), "title": .string(Self.subject), "subject": .string(Self.subject)]
        )
        let id = mailing["campaign_id"] ?? .null
        func act(_ name: String, _ person: DemoModel.Record, _ others: [String: SandboxJSON] = [:]) async throws {
            var body = others
            body["email"] = .string(person.main)
            body["campaign_id"] = id
            try await audience.act(name, .object(body))
        }
        for opener in cast.openers { try await act("open", opener) }
        for clicker in cast.openers.prefix(DemoMailingCast.clicks) { try await act("click", clicker) }
        try await act("bounce", cast.bouncing, ["kind": "hard"])
        try await act("bounce", cast.full, ["kind": "soft"])
        try await act("unsubscribe", cast.leaving, ["reason": "No longer interested"])
        stage.model.bounced.insert(cast.bouncing.main)
        cleaned.insert(cast.bouncing.main)
        stage.model.optOutAtProvider(cast.leaving.main)
    }

    // MARK: Expected and found

    /// Asks for the report until it says what it should, for each provider.
    private func compareReports(
        _ mailings: [(account: String, provider: String, expected: DemoMailing)]
    ) async throws {
        let started = ContinuousClock.now
        let title = "What became of the mail, as serve has read it at both providers"
        var found: [DemoMailing?] = []
        repeat {
            let json = SandboxJSON(
                parsing: Array(try await stage.children.run(["report", campaign.reference, "--json"]).utf8)
            )
            found = mailings.map { mailing in
                json?["accounts"]?.arrayValue?
                    .first { $0["account"]?.stringValue == mailing.account }?["mailings"]?.arrayValue?
                    .first { $0["name"]?.stringValue == Self.subject }
                    .map(DemoMailing.init)
            }
            if found == mailings.map(\.expected) { break }
            try await Task.sleep(for: .milliseconds(200))
        } while ContinuousClock.now - started < .seconds(30)
        Console.line()
        let isGood = found == mailings.map(\.expected)
        Console.line("\(isGood ? "✓" : "✗") \(title)  [§4]  \((ContinuousClock.now - started).seconds)")
        for (mailing, found) in zip(mailings, found) {
            let text = found?.text ?? "no mailing"
            let side = mailing.provider + String(repeating: " ", count: max(0, 16 - mailing.provider.count))
            Console.line("    \(side)  \(text)")
            if mailing.expected != found { Console.line("    ! expected \(mailing.expected.text)") }
            stage.add(
                DemoResult(
                    rules: "§4",
                    title: title,
                    expectedInCRM: "",
                    foundInCRM: "",
                    expectedAtProvider: mailing.expected.text,
                    foundAtProvider: text,
                    differences: mailing.expected == found ? [] : ["expected \(mailing.expected.text), found \(text)"],
                    provider: mailing.provider
                )
            )
        }
    }
}
