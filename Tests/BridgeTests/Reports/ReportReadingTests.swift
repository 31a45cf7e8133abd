import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// What a pass over the reports reads, stores and leaves alone.
@Suite struct ReportReadingTests {
    @Test(arguments: [false, true])
    func totalsEqualTheRowsBehindThem(tellsLists: Bool) async throws {
        let world = try await ReportRig(tellsLists: tellsLists)
        world.send()
        world.act(.opened, "ada@example.org")
        world.act(.opened, "ada@example.org")
        world.act(.opened, "bob@example.org")
        world.act(.clicked, "bob@example.org")
        world.act(.softBounced, "cy@example.org")
        try await world.read()
        let totals = try #require(try await world.mailing()?.totals)
        let counts = try await world.counts()
        #expect(MailingAct.allCases.allSatisfy { counts[$0] ?? 0 == totals.count($0) })
        #expect(totals.sent == 3)
        #expect(totals.opened == 2)
        #expect(totals.delivered == 2)
    }

    @Test func readsNothingThatWasReadBefore() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.opened, "ada@example.org")
        try await world.read()
        #expect(world.calls() == ["sent", "lists", "figures", "people.recipients", "people.opens"])
        // Nothing is due.
        try await world.read()
        #expect(world.calls() == [])
        // Nothing grew.
        try await world.readLater()
        #expect(world.calls() == ["sent", "figures"])
        world.act(.clicked, "ada@example.org")
        try await world.readLater()
        #expect(world.calls() == ["sent", "figures", "people.clicks"])
        #expect(try await world.counts()[.clicked] == 1)
    }

    @Test func readsNewRowsUpToThoseThatAreKnown() async throws {
        let world = try await ReportRig()
        let many = (1...8).map { "p\($0)@example.org" }
        world.send(to: many)
        for email in many.prefix(6) { world.act(.opened, email) }
        world.rig.clock.advance(seconds: 2_000)
        world.act(.opened, many[6])
        try await world.read()
        // Three pages of three recipients, three of seven opens.
        #expect(world.calls().filter { $0 == "people.opens" }.count == 3)
        world.rig.clock.advance(seconds: 3_000)
        world.act(.opened, many[7])
        try await world.readLater()
        #expect(world.calls().filter { $0 == "people.opens" }.count == 1)
        #expect(try await world.counts()[.opened] == 8)
    }

    @Test func findsWhatShowsLateByReadingFromTheBeginningOnceADay() async throws {
        let world = try await ReportRig()
        let many = (1...8).map { "p\($0)@example.org" }
        world.send(to: many)
        for email in many.prefix(6) { world.act(.opened, email) }
        // It happened long ago, and stands behind what was read.
        let late = MailingSighting(act: .opened, email: many[7], firstAt: world.rig.clock.now)
        world.rig.clock.advance(seconds: 2 * 3_600)
        world.act(.opened, many[6])
        try await world.read()
        world.reports.state.withLock { state in _ = state.rows[MailingID("m1")]?[.opens]?.append(late) }
        try await world.readLater()
        #expect(try await world.counts()[.opened] == 7)
        try await world.readLater(seconds: 24 * 3_600)
        #expect(try await world.counts()[.opened] == 8)
    }

    @Test func readsALargeReportThatHasNoOrderOnlyNowAndThen() async throws {
        let world = try await ReportRig(readWhole: [.bounces])
        let many = (1...12).map { "p\($0)@example.org" }
        world.send(to: many)
        for email in many.prefix(9) { world.act(.softBounced, email) }
        try await world.read()
        #expect(world.calls().filter { $0 == "people.bounces" }.count == 3)
        world.act(.softBounced, many[9])
        // Four pages now: not before the fourth hour.
        try await world.readLater()
        #expect(world.calls().filter { $0 == "people.bounces" }.isEmpty)
        try await world.readLater(seconds: 3 * 3_600)
        #expect(world.calls().filter { $0 == "people.bounces" }.count == 4)
        #expect(try await world.counts()[.softBounced] == 10)
    }

    @Test(arguments: Fault.failures + [.crashBefore, .crashAfter])
    func goesOnWhereItWasInterrupted(fault: Fault) async throws {
        let world = try await ReportRig()
        let many = (1...8).map { "p\($0)@example.org" }
        world.send(to: many)
        world.rig.faults.plan(fault, of: "people.recipients", after: 2)
        do { try await world.read() } catch is Crash { try await world.rig.restart() } catch is PortError {}
        #expect(try await world.counts()[.sent] == 6)
        _ = world.calls()
        try await world.readLater(seconds: 3_601)
        // The last page alone was missing.
        #expect(world.calls().filter { $0 == "people.recipients" }.count == 1)
        #expect(try await world.counts()[.sent] == 8)
    }

    @Test func aDeletedMailingKeepsItsNumbers() async throws {
        let world = try await ReportRig()
        world.send()
        world.act(.opened, "ada@example.org")
        try await world.read()
        world.reports.state.withLock { $0.deleted = [MailingID("m1")] }
        try await world.readLater()
        let mailing = try #require(try await world.mailing())
        #expect(mailing.deletedAt != nil)
        #expect(mailing.nextLookAt == nil)
        #expect(mailing.totals?.sent == 3)
        #expect(try await world.counts()[.opened] == 1)
        _ = world.calls()
        try await world.readLater()
        #expect(world.calls() == ["sent"])
    }

    @Test func asksForTheFiguresOfSeveralMailingsAtOnce() async throws {
        let world = try await ReportRig()
        for id in ["m1", "m2", "m3"] { world.send(id, to: []) }
        try await world.read()
        #expect(world.calls().filter { $0 == "figures" }.count == 2)
    }

    @Test func mailToOtherListsIsNotLookedAt() async throws {
        let world = try await ReportRig()
        world.reports.send("other", to: [ListID("elsewhere")], emails: ["x@example.org"], at: world.rig.clock.now)
        try await world.read()
        try await world.readLater()
        #expect(world.calls() == ["sent", "lists", "sent"])
    }

    @Test func aHintMakesTheAccountsReportsDueAtOnce() async throws {
        let world = try await ReportRig()
        try await world.read()
        world.send()
        try await world.read()
        #expect(try await world.mailing() == nil)
        try await world.rig.deliver([.changeHinted(.mailing(Rig.cc))])
        while try await world.rig.engine.workInbox(decoder: world.rig.decoder) > 0 {}
        try await world.read()
        #expect(try await world.mailing()?.totals?.sent == 3)
    }

    @Test func anAccountThatMayNotReadItsReportsSaysSoAndWorksOn() async throws {
        let world = try await ReportRig()
        world.send()
        world.reports.state.withLock { $0.isForbidden = true }
        try await world.read()
        let state = try await world.rig.store.database.read { try ReportAccounts.find(Rig.cc, in: $0) }
        #expect(state?.problem?.contains("the scope is missing") == true)
        let account = try await world.rig.store.database.read { try Accounts.find(Rig.cc, on: $0) }
        #expect(account?.state == .active)
        world.reports.state.withLock { $0.isForbidden = false }
        try await world.readLater(seconds: 6 * 3_600 + 1)
        #expect(try await world.mailing()?.totals?.sent == 3)
        let later = try await world.rig.store.database.read { try ReportAccounts.find(Rig.cc, in: $0) }
        #expect(later?.problem == nil)
    }

    @Test func aFullRoundReadsEverythingAgain() async throws {
        let world = try await ReportRig()
        world.send()
        try await world.read()
        world.act(.opened, "ada@example.org")
        _ = world.calls()
        try await world.rig.engine.syncRound(campaign: nil, isFull: true)
        #expect(try await world.counts()[.opened] == 1)
    }

    @Test func whatIsSentIsSaidAfterTheLinkHasEnded() async throws {
        let world = try await ReportRig()
        world.send()
        try await world.read()
        try await world.rig.store.database.write { connection in
            let link = try #require(try Links.of(Rig.cc, in: connection).first)
            try Links.delete(link.id, in: connection)
        }
        let mailings = try await world.rig.store.database.read { try Mailings.of(Rig.spring, in: $0) }
        #expect(mailings.map(\.mailing) == [MailingID("m1")])
    }
}
