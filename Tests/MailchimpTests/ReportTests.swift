import Bridge
import Foundation
import Mailchimp
import Reconciliation
import Sandbox
import Testing

/// Reports of campaigns (mailchimp.md §11, §13 items 44 to 46).
@Suite struct ReportTests {
    /// A tag with so many subscribers.
    private func list(_ world: World, people: Int) async throws -> ListID {
        let rows = (1...people).map { #"{"email":"p\#($0)@example.org","tags":["WB:1 Spring"]}"# }
        try await world.plantAll(rows.joined(separator: ","))
        return try #require(try await world.client.lists().first).id
    }

    private func send(_ world: World, to list: ListID, _ others: String = "") async throws -> MailingID {
        let body = #"{"title":"News","segment_id":\#(list.rawValue)\#(others)}"#
        let sent = try await world.control("send-campaign", body)
        return MailingID(try #require(sent["campaign_id"]?.stringValue))
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
        try await withWorld { world in
            let list = try await list(world, people: 40)
            let shares =
                #","machine_opens":0.3,"opens":0.4,"clicks":0.2,"hard":0.1,"soft":0.05,"unsubscribes":0.1,"complaints":0.05"#
            let mailing = try await send(world, to: list, shares)
            let totals = try await totals(world, mailing)
            var rows: [MailingAct: Set<String>] = [:]
            for report in world.client.reporting.reports.keys {
                for row in try await people(world, report, of: mailing) { rows[row.act, default: []].insert(row.email) }
            }
            for act in MailingAct.allCases { #expect(rows[act]?.count ?? 0 == totals.count(act), "\(act)") }
            #expect(totals.sent == 40)
            #expect(MailingAct.allCases.allSatisfy { totals.count($0) > 0 })
        }
    }

    @Test func findsWhatWasSentAndToWhichTag() async throws {
        try await withWorld { world in
            let list = try await list(world, people: 2)
            _ = try await send(world, to: list)
            world.clock.advance(by: 86_400)
            let mailing = try await send(world, to: list)
            try await world.control("send-campaign", #"{"title":"To everybody"}"#)
            try await world.control("send-campaign", #"{"title":"Draft","segment_id":\#(list.rawValue),"draft":true}"#)
            let before = world.calls
            let page = try await world.client.sentMailings(since: world.now.advanced(bySeconds: -60), cursor: nil)
            #expect(world.calls - before == 1)
            #expect(page.next == nil)
            let mailings = page.sent.flatMap { $0.mailings ?? [] }
            #expect(
                mailings.first { $0.id == mailing }
                    == Mailing(id: mailing, name: "News", sentAt: world.now, lists: [list])
            )
            #expect(mailings.map(\.lists).filter(\.isEmpty).count == 1)
            #expect(mailings.count == 2)
        }
    }

    @Test func aDeletedMailingIsToldFromTheOthers() async throws {
        try await withWorld { world in
            let list = try await list(world, people: 2)
            let gone = try await send(world, to: list)
            let there = try await send(world, to: list)
            try await world.control("delete-campaign", #"{"campaign_id":"\#(gone)"}"#)
            let figures = try await world.client.figures(of: [gone, there])
            #expect(figures[gone] == .gone)
            #expect(figures[there] != .gone)
        }
    }

    /// mailchimp.md §6: recipients, opens and unsubscribes of a thousand people cost one call each.
    @Test func readsThePeopleInAsManyCallsAsThePagesAreFull() async throws {
        try await withWorld { world in
            let list = try await list(world, people: 1_001)
            let mailing = try await send(world, to: list)
            for (report, calls) in [(PeopleReport.recipients, 2), (.opens, 1), (.optOuts, 1), (.complaints, 1)] {
                let before = world.calls
                _ = try await people(world, report, of: mailing)
                #expect(world.calls - before == calls, "\(report)")
            }
        }
    }

    @Test func onlyLaterOpensAreAskedFor() async throws {
        try await withWorld { world in
            let list = try await list(world, people: 3)
            let mailing = try await send(world, to: list)
            func open(_ email: String) async throws {
                try await world.control("open", #"{"email":"\#(email)@example.org","campaign_id":"\#(mailing)"}"#)
            }
            try await open("p1")
            world.clock.advance(by: 3_600)
            try await open("p2")
            #expect(try await people(world, .opens, of: mailing).count == 2)
            let later = try await people(world, .opens, of: mailing, since: world.now.advanced(bySeconds: -60))
            #expect(later == [MailingSighting(act: .opened, email: "p2@example.org", firstAt: world.now)])
        }
    }

    @Test func whoClickedSeveralLinksIsNamedWithEach() async throws {
        try await withWorld { world in
            let list = try await list(world, people: 3)
            let mailing = try await send(world, to: list)
            for (email, url) in [("p1", "a"), ("p1", "b"), ("p2", "b")] {
                try await world.control(
                    "click",
                    #"{"email":"\#(email)@example.org","campaign_id":"\#(mailing)","url":"https://example.org/\#(url)"}"#
                )
            }
            let found = try await people(world, .clicks, of: mailing)
            #expect(found.map(\.email).sorted() == ["p1@example.org", "p1@example.org", "p2@example.org"])
            #expect(try await totals(world, mailing).clicked == 2)
        }
    }

    @Test func saysWhyAndWhen() async throws {
        try await withWorld { world in
            let list = try await list(world, people: 3)
            let mailing = try await send(world, to: list)
            world.clock.advance(by: 60)
            try await world.control(
                "unsubscribe",
                #"{"email":"p1@example.org","reason":"Too many","campaign_id":"\#(mailing)"}"#
            )
            let optOuts = try await people(world, .optOuts, of: mailing)
            #expect(
                optOuts == [
                    MailingSighting(act: .optedOut, email: "p1@example.org", firstAt: world.now, reason: "Too many")
                ]
            )
        }
    }
}
