import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// A bridge whose provider reports its mail: three people on the list of Spring, and one mailing to it.
struct ReportRig {
    static let emails = ["ada@example.org", "bob@example.org", "cy@example.org"]

    let rig: Rig
    let reports: SimulatedReports

    init(readWhole: Set<PeopleReport> = [], bouncesShowOnContact: Bool = false, tellsLists: Bool = false) async throws {
        rig = try await Rig()
        for (index, email) in Self.emails.enumerated() { rig.add(Int64(index + 1), email) }
        try await rig.start()
        reports = SimulatedReports(
            name: "cc",
            faults: rig.faults,
            readWhole: readWhole,
            bouncesShowOnContact: bouncesShowOnContact
        )
        reports.state.withLock { $0.tellsLists = tellsLists }
        let made = reports
        rig.cc.reports.withLock { $0 = made }
    }

    /// Sends a mailing to the list of Spring.
    func send(_ id: String = "m1", to emails: [String] = ReportRig.emails) {
        reports.send(id, to: [rig.cc.list(named: "Spring")], emails: emails, at: rig.clock.now)
    }

    func act(_ act: MailingAct, _ email: String, on id: String = "m1", reason: String? = nil) {
        reports.act(act, email, on: id, at: rig.clock.now, reason: reason)
    }

    /// One pass over the reports.
    func read() async throws { try await rig.engine.readReports(of: Rig.cc) }

    /// Lets an hour and a bit pass, and reads.
    func readLater(seconds: Int64 = 3_601) async throws {
        rig.clock.advance(seconds: seconds)
        try await read()
    }

    /// The calls of reports since the last time, without the name of the account.
    func calls() -> [String] {
        defer { rig.faults.forgetCalls() }
        return rig.faults.calls.filter { $0.hasPrefix("cc.reports.") }.map { String($0.dropFirst(11)) }
    }

    func mailing(_ id: String = "m1") async throws -> StoredMailing? {
        try await rig.store.database.read { try Mailings.find(MailingID(id), account: Rig.cc, in: $0) }
    }

    func counts(_ id: String = "m1") async throws -> [MailingAct: Int] {
        let found = try #require(try await mailing(id))
        return try await rig.store.database.read { try MailingPeople.counts(of: found.id, in: $0) }
    }

    func people(_ act: MailingAct, of id: String = "m1") async throws -> [MailingPeople.Row] {
        let found = try #require(try await mailing(id))
        return try await rig.store.database.read { try MailingPeople.people(of: found.id, acts: [act], in: $0) }
    }
}
