import Bridge
import ConstantContact
import Reconciliation
import Sandbox
import Testing

/// Reports of campaign activities (constant-contact.md §6, §7.4, §9 items 46 and 47).
@Suite struct ReportTests {
    /// A list with so many people on it.
    private func list(_ world: World, people: Int) async throws -> ListID {
        let list = try await world.client.createList(named: "Spring", description: "").id
        for number in 1...people {
            _ = try await world.plant(#"{"email":"p\#(number)@example.org","list_ids":["\#(list)"]}"#)
        }
        return list
    }

    private func send(_ world: World, to list: ListID, _ others: String = "") async throws -> (
        campaign: String, mailing: MailingID
    ) {
        let sent = try await world.control("send-email", #"{"name":"News","list_ids":["\#(list)"]\#(others)}"#)
        return (
            try #require(sent["campaign_id"]?.stringValue),
            MailingID(try #require(sent["campaign_activity_id"]?.stringValue))
        )
    }

    /// Everybody of a report.
    private func people(
        _ world: World,
        _ report: PeopleReport,
        of mailing: MailingID,
        since moment: Timestamp? = nil
    ) async throws -> [MailingSighting] {
        var found: [MailingSighting] = []
        var cursor: String?
        repeat {
            let page = try await world.client.people(in: report, of: mailing, since: moment, cursor: cursor)
            found += page.people
            cursor = page.next
        } while cursor != nil
        return found
    }

    private func totals(_ world: World, _ mailing: MailingID) async throws -> MailingTotals {
        guard case .counted(let totals)? = try await world.client.figures(of: [mailing])[mailing] else {
            Issue.record("no figures")
            return MailingTotals()
        }
        return totals
    }

    @Test func totalsEqualTheRowsBehindThem() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 40)
            let shares = #","opens":0.5,"clicks":0.2,"hard":0.1,"soft":0.05,"unsubscribes":0.1,"complaints":0.05"#
            let mailing = try await send(world, to: list, shares).mailing
            // Who opens again counts once, and an autoreply is no bounce.
            for (kind, others) in [("em_opens", ""), ("em_opens", ""), ("em_bounces", #","bounce_code":"V""#)] {
                try await world.control(
                    "report-event",
                    #"{"email":"p20@example.org","campaign_activity_id":"\#(mailing)","kind":"\#(kind)"\#(others)}"#
                )
            }
            let totals = try await totals(world, mailing)
            var rows: [MailingAct: Set<String>] = [:]
            for report in world.client.reporting.reports.keys {
                for row in try await people(world, report, of: mailing) { rows[row.act, default: []].insert(row.email) }
            }
            let named = world.client.reporting.reports.values.reduce(into: Set()) { $0.formUnion($1) }
            #expect(!named.contains(.complained))
            for act in named { #expect(rows[act]?.count ?? 0 == totals.count(act), "\(act)") }
            #expect(totals.sent == 40)
            #expect(totals.hardBounced == 4)
            #expect(totals.softBounced == 2)
            #expect(totals.optedOut == 4)
            #expect(totals.complained == 2)
            #expect(totals.delivered == 34)
        }
    }

    @Test func findsWhatWasSentAndToWhichLists() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 2)
            let old = try await send(world, to: list)
            world.clock.advance(by: 86_400)
            let sent = try await send(world, to: list)
            let page = try await world.client.sentMailings(since: world.now.advanced(bySeconds: -60), cursor: nil)
            #expect(page.sent.map(\.sending) == [sent.campaign])
            #expect(page.next == nil)
            let all = try await world.client.sentMailings(since: Timestamp(milliseconds: 0), cursor: nil)
            #expect(all.sent.map(\.sending) == [sent.campaign, old.campaign])
            let mailings = try await world.client.mailings(of: sent.campaign)
            #expect(mailings == [Mailing(id: sent.mailing, name: "News", sentAt: world.now, lists: [list])])
            #expect(world.calls("GET /v3/reports/summary_reports/email_campaign_summaries") <= 2)
        }
    }

    @Test func aRepetitionIsAMailingOfItsOwn() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 4)
            let sent = try await send(world, to: list, #","opens":0.5"#)
            world.clock.advance(by: 3_600)
            try await world.control("resend-email", #"{"campaign_id":"\#(sent.campaign)"}"#)
            let page = try await world.client.sentMailings(since: Timestamp(milliseconds: 0), cursor: nil)
            #expect(page.sent.map(\.sentAt) == [world.now])
            let mailings = try #require(try await world.client.mailings(of: sent.campaign))
            #expect(mailings.map(\.name) == ["News", "News (resent)"])
            #expect(mailings.allSatisfy { $0.lists == [list] })
            #expect(try await totals(world, mailings[1].id).sent == 2)
        }
    }

    @Test func aDraftWasSentToNobody() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 2)
            let draft = try await send(world, to: list, #","draft":true"#)
            #expect(try await world.client.sentMailings(since: Timestamp(milliseconds: 0), cursor: nil).sent.isEmpty)
            #expect(try await world.client.mailings(of: draft.campaign) == [])
            #expect(try await people(world, .optOuts, of: draft.mailing).isEmpty)
            #expect(try await world.client.figures(of: [draft.mailing]) == [draft.mailing: .uncounted])
        }
    }

    @Test func aDeletedMailingIsToldFromTheOthers() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 2)
            let gone = try await send(world, to: list)
            let there = try await send(world, to: list)
            try await world.control("delete-email", #"{"campaign_id":"\#(gone.campaign)"}"#)
            let figures = try await world.client.figures(of: [gone.mailing, there.mailing])
            #expect(figures[gone.mailing] == .gone)
            #expect(figures[there.mailing] != .gone)
            #expect(try await world.client.mailings(of: "7d5c1e34-0b7a-4c0e-9a55-3f2d1b6a9e01") == nil)
        }
    }

    @Test func oneIdThatIsNoneDoesNotSpoilTheFiguresOfTheOthers() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 2)
            let sent = try await send(world, to: list)
            let figures = try await world.client.figures(of: [
                MailingID("00000000-0000-4000-8000-000000000000"), sent.mailing,
            ])
            #expect(figures[MailingID("00000000-0000-4000-8000-000000000000")] == .gone)
            #expect(try await totals(world, sent.mailing).sent == 2)
            #expect(figures[sent.mailing] != .gone)
        }
    }

    @Test func tenMailingsCostOneCall() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 1)
            var mailings: [MailingID] = []
            for _ in 1...11 { mailings.append(try await send(world, to: list).mailing) }
            let before = world.calls
            _ = try await world.client.figures(of: Array(mailings.prefix(10)))
            // The first call of a client takes a token, too.
            #expect(world.calls - before <= 2)
            let next = world.calls
            _ = try await world.client.figures(of: mailings)
            #expect(world.calls - next == 2)
        }
    }

    @Test func readsNewRowsUpToThoseThatAreKnown() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 1_001)
            let mailing = try await send(world, to: list).mailing
            let before = world.calls
            #expect(try await people(world, .recipients, of: mailing).count == 1_001)
            #expect(world.calls - before <= 4)
            let again = world.calls
            let since = world.now.advanced(bySeconds: 1)
            #expect(try await people(world, .recipients, of: mailing, since: since).count == 500)
            #expect(world.calls - again == 1)
        }
    }

    @Test func saysWhyAndWhen() async throws {
        try await withWorld { world async throws in
            let list = try await list(world, people: 3)
            let mailing = try await send(world, to: list).mailing
            world.clock.advance(by: 60)
            try await world.control(
                "unsubscribe",
                #"{"email":"p1@example.org","reason":"Too many","campaign_activity_id":"\#(mailing)"}"#
            )
            for (email, code) in [("p2", "S"), ("p3", "F")] {
                try await world.control(
                    "report-event",
                    #"{"email":"\#(email)@example.org","campaign_activity_id":"\#(mailing)","kind":"em_bounces","bounce_code":"\#(code)"}"#
                )
            }
            let optOuts = try await people(world, .optOuts, of: mailing)
            #expect(
                optOuts == [
                    MailingSighting(act: .optedOut, email: "p1@example.org", firstAt: world.now, reason: "Too many")
                ]
            )
            let bounces = try await people(world, .bounces, of: mailing)
            #expect(Set(bounces.map(\.act)) == [.hardBounced, .softBounced])
            #expect(bounces.allSatisfy { $0.reason?.isEmpty == false })
        }
    }

    @Test func aMissingScopeIsForbidden() async throws {
        try await withWorld {
            $0.scopes = ["contact_data", "account_read", "offline_access"]
        } _: { world async throws in
            let error = try await failure {
                try await world.client.sentMailings(since: Timestamp(milliseconds: 0), cursor: nil)
            }
            #expect(error.code == .forbidden)
        }
    }

    @Test func aPageThatLeadsAwayIsNotFollowed() async throws {
        try await withWorld { world async throws in
            let error = try await failure {
                try await world.client.people(
                    in: .opens,
                    of: MailingID("7d5c1e34-0b7a-4c0e-9a55-3f2d1b6a9e01"),
                    since: nil,
                    cursor: "https://elsewhere.example.org/v3/reports"
                )
            }
            #expect(error.code == .unreadableAnswer)
        }
    }
}
