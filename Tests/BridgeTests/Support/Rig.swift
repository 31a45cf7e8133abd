import Bridge
import Foundation
import Logging
import Reconciliation
import Simulation
import Store
import Testing

/// A whole bridge on a simulated world: a store on disk, an engine that can be thrown away, a CRM and two providers.
final class Rig: @unchecked Sendable {
    // Used by one test task at a time: the store and the engine are replaced only between passes.
    static let crm = AccountID("workbooks")
    static let cc = AccountID("constant-contact")
    static let other = AccountID("other-provider")
    static let spring = CampaignID(1)
    static let autumn = CampaignID(2)
    static let master = "All Workbooks Contacts"

    let directory: TemporaryDirectory
    let clock = VirtualClock()
    let faults = Faults()
    let crm: SimulatedCRM
    let cc: SimulatedProvider
    let other: SimulatedProvider
    let decoder = StubDecoder()
    let hasOther: Bool
    var settings = EngineSettings()
    private(set) var store: Store
    private(set) var engine: Engine
    private var deliveries = 0

    init(
        other hasOther: Bool = false,
        shape: SimulatedProvider.Shape = .namesWhoActed,
        history: Int? = nil,
        settings edit: (inout EngineSettings) -> Void = { _ in }
    ) async throws {
        directory = try TemporaryDirectory()
        crm = SimulatedCRM(clock: clock, faults: faults)
        cc = SimulatedProvider(name: "cc", clock: clock, faults: faults, history: history, shape: shape)
        other = SimulatedProvider(name: "other", clock: clock, faults: faults)
        self.hasOther = hasOther
        settings.ownUser = SimulatedCRM.ownUser
        edit(&settings)
        store = try await Store.open(dataDirectory: directory.path)
        engine = Engine(
            store: store,
            crm: crm,
            crmAccount: Self.crm,
            providers: [:],
            clock: clock,
            settings: settings,
            logger: Self.logger
        )
        engine = makeEngine()
        let now = clock.now
        let providers = hasOther ? [Self.cc, Self.other] : [Self.cc]
        try await store.database.write { connection in
            _ = try Accounts.connect(
                Account(name: Self.crm, role: .crm, kind: "workbooks", createdAt: now),
                on: connection
            )
            for name in providers {
                _ = try Accounts.connect(
                    Account(name: name, role: .provider, kind: "constant-contact", createdAt: now),
                    on: connection
                )
            }
        }
        crm.addCampaign(Self.spring, name: "Spring", statuses: ["Invited", "Unsubscribed"])
        crm.addCampaign(Self.autumn, name: "Autumn", statuses: ["Invited"])
        try await engine.readCRM()
    }

    static var logger: Logger {
        var logger = Logger(label: "bridge-tests") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return logger
    }

    private func makeEngine() -> Engine {
        var providers: [AccountID: any EmailProvider] = [Self.cc: cc]
        if hasOther { providers[Self.other] = other }
        return Engine(
            store: store,
            crm: crm,
            crmAccount: Self.crm,
            providers: providers,
            clock: clock,
            settings: settings,
            logger: Self.logger
        )
    }

    /// The process has ended: everything that was in memory is gone, and a new one starts on the same file.
    func restart() async throws {
        await store.closeAndWait()
        store = try await Store.open(dataDirectory: directory.path)
        engine = makeEngine()
    }

    /// Copies the database away, as `causeway backup` does.
    func backUp() async throws {
        await store.closeAndWait()
        try FileManager.default.copyItem(atPath: databasePath, toPath: backupPath)
        store = try await Store.open(dataDirectory: directory.path)
        engine = makeEngine()
    }

    /// Puts the copy back in place of the database, as `causeway restore` does, and starts anew.
    func putBackupBack() async throws {
        await store.closeAndWait()
        for ending in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: databasePath + ending) {
            try FileManager.default.removeItem(atPath: databasePath + ending)
        }
        try FileManager.default.copyItem(atPath: backupPath, toPath: databasePath)
        store = try await Store.open(dataDirectory: directory.path)
        let now = clock.now
        try await store.database.write {
            try Settings.set(SettingName.restoredAt, to: String(now.milliseconds), on: $0)
        }
        engine = makeEngine()
        try await engine.recover()
    }

    private var databasePath: String { Store.databasePath(in: directory.path) }
    private var backupPath: String { databasePath + ".backup" }

    // MARK: People

    /// Adds a Person or Lead.
    @discardableResult
    func add(
        _ kind: RecordKind,
        _ id: Int64,
        _ email: String,
        first: String = "Ada",
        last: String = "Byron",
        others: [String] = [],
        flagged: Bool = false,
        in campaigns: [CampaignID] = [Rig.spring]
    ) -> RecordID {
        let record = RecordID(kind, id)
        crm.add(
            CRMRecord(
                id: record,
                lockVersion: 0,
                updatedAt: clock.now,
                firstName: first,
                lastName: last,
                mainEmail: email,
                otherEmails: others,
                isOptedOut: flagged
            )
        )
        for campaign in campaigns { join(record, campaign) }
        return record
    }

    /// Adds a Person.
    @discardableResult
    func add(
        _ id: Int64,
        _ email: String,
        first: String = "Ada",
        last: String = "Byron",
        others: [String] = [],
        flagged: Bool = false,
        in campaigns: [CampaignID] = [Rig.spring]
    ) -> RecordID {
        add(.person, id, email, first: first, last: last, others: others, flagged: flagged, in: campaigns)
    }

    @discardableResult
    func join(_ record: RecordID, _ campaign: CampaignID, again: Int64 = 0) -> MemberID {
        let id = Self.member(record, campaign, again: again)
        crm.add(
            CampaignMember(
                id: id,
                campaign: campaign,
                record: record,
                statusID: crm.status("Invited", of: campaign),
                lockVersion: 0,
                updatedAt: clock.now
            )
        )
        return id
    }

    static func member(_ record: RecordID, _ campaign: CampaignID, again: Int64 = 0) -> MemberID {
        MemberID(again * 100_000 + campaign.rawValue * 10_000 + (record.kind == .lead ? 5_000 : 0) + record.id)
    }

    func status(_ record: RecordID, in campaign: CampaignID = Rig.spring, again: Int64 = 0) -> String? {
        crm.statusText(of: Self.member(record, campaign, again: again))
    }

    // MARK: Links and passes

    @discardableResult
    func link(_ campaign: CampaignID = Rig.spring, to account: AccountID = Rig.cc) async throws -> LinkID {
        let now = clock.now
        let name = campaign == Self.spring ? "Spring" : "Autumn"
        let id = try await store.database.write { connection in
            try Links.insert(
                campaign: campaign,
                account: account,
                listName: name,
                intervalMilliseconds: 900_000,
                unsubscribedStatus: "Unsubscribed",
                leavingStatuses: ["Unsubscribed"],
                at: now,
                in: connection
            )
        }
        return try #require(id)
    }

    /// Links Spring (and Autumn) and brings everything to rest.
    func start(_ campaigns: [CampaignID] = [Rig.spring]) async throws {
        for campaign in campaigns { try await link(campaign) }
        if hasOther { for campaign in campaigns { try await link(campaign, to: Self.other) } }
        try await engine.syncRound(campaign: nil, isFull: false)
        try await calm()
    }

    /// Links both campaigns everywhere, where they are not linked yet.
    func startWhatIsMissing() async throws {
        let known = try await store.database.read { try Links.all(in: $0) }
        for campaign in [Self.spring, Self.autumn] {
            for account in engine.providerAccounts
            where !known.contains(where: { $0.campaign == campaign && $0.account == account }) {
                try await link(campaign, to: account)
            }
        }
    }

    /// Reads both sides and the inbox, and pushes until nothing is left to do for the next two minutes.
    func calm() async throws {
        for _ in 1...20 {
            try await pass()
            if try await isCalm() { return }
            clock.advance(seconds: 31)
        }
        Issue.record("the world does not come to rest: \(try await unrest())")
    }

    /// One pass over everything: what `serve` does all the time.
    func pass() async throws {
        while try await engine.workInbox(decoder: decoder) > 0 {}
        try await engine.readCRM()
        for account in engine.providerAccounts { try await engine.readOptOuts(of: account) }
        try await engine.settle()
    }

    /// `sync --full`, and rest.
    func verify() async throws {
        clock.advance(seconds: 400)
        try await engine.syncRound(campaign: nil, isFull: true)
        try await calm()
    }

    private func isCalm() async throws -> Bool { try await unrest().isEmpty }

    private func unrest() async throws -> [String] {
        let soon = clock.now.advanced(bySeconds: 120)
        return try await store.database.read { connection in
            try connection.rows(
                """
                SELECT account || ' ' || address || ' ' || reason FROM dirty
                WHERE not_before <= \(soon.milliseconds) AND since < \(soon.advanced(bySeconds: -120).milliseconds) + 1
                    AND attempts < 4
                UNION ALL
                SELECT account || ' intent ' || kind || ' ' || state FROM intent
                WHERE state IN ('open', 'running', 'confirming')
                """
            ) { $0.text(0) }
        }
    }

    // MARK: What is told

    /// A relay's delivery, stored and not decided yet.
    func deliver(_ observations: [Observation], from account: AccountID = Rig.cc) async throws {
        deliveries += 1
        let id = "delivery-\(deliveries)"
        decoder.teach(id, observations)
        let delivery = InboxDelivery(
            account: account,
            source: "constant-contact",
            deliveryID: id,
            digest: Array(id.utf8),
            body: [],
            receivedAt: clock.now
        )
        _ = try await store.database.write { try Inbox.insert(delivery, on: $0) }
    }

    func relay(_ email: String, by author: Author = .person) async throws {
        try await deliver([
            .optOutReported(
                OptOutReport(account: Self.cc, address: Address(compared: email), by: author, occurredAt: clock.now)
            )
        ])
    }

    /// A relay that does not say when.
    func relayUnstamped(_ email: String) async throws {
        try await deliver([
            .optOutReported(
                OptOutReport(account: Self.cc, address: Address(compared: email), by: .person, occurredAt: nil)
            )
        ])
    }

    /// A relay that does not say when mail bounced.
    func relayUnstampedBounce(_ email: String) async throws {
        try await deliver([
            .bounceReported(BounceReport(account: Self.cc, address: Address(compared: email), occurredAt: nil))
        ])
    }

    func relayBounce(_ email: String) async throws {
        try await deliver([
            .bounceReported(
                BounceReport(account: Self.cc, address: Address(compared: email), occurredAt: clock.now)
            )
        ])
    }

    // MARK: What Causeway knows

    func events(_ email: String) async throws -> [ConsentEvent] {
        try await store.database.read { try Ledger.events(of: Address(compared: email), in: $0).map(\.event) }
    }

    func isOptedOut(_ email: String) async throws -> Bool {
        try await store.database.read { try Ledger.isOptedOut(Address(compared: email), in: $0) }
    }

    func parked(_ email: String) async throws -> [String] {
        try await store.database.read { try Parked.all(in: $0).filter { $0.address == email }.map(\.code) }
    }

    /// The holds that nobody has decided.
    func openHolds() async throws -> [Hold] {
        try await store.database.read { try Holds.all(isOpen: true, in: $0) }
    }

    func rows(of hold: Int64) async throws -> [HoldRow] {
        try await store.database.read { try Holds.rows(of: hold, in: $0) }
    }

    /// The rules of the undecided holds that an address is in.
    func heldRules(_ email: String) async throws -> [String] {
        try await store.database.read { connection in
            try Holds.rows(of: [Address(compared: email)], in: connection)
                .filter { $0.state == .open }.map(\.cause.kind.rule)
        }
    }

    /// Approves the only hold that is open, and lets everything come to rest.
    func approve(_ choice: HoldChoice?, reason: String? = nil) async throws {
        let hold = try #require(try await openHolds().first)
        try await engine.approve(hold: hold.id, choice: choice, reason: reason)
        try await calm()
    }

    func shadow(_ email: String, at account: AccountID = Rig.cc) async throws -> ContactShadow? {
        try await store.database.read {
            try Contacts.having([Address(compared: email)], account: account, in: $0)[Address(compared: email)]
        }
    }

    /// How many of Causeway's own writes to an account came back and were absorbed.
    func echoes(_ account: AccountID) async throws -> Int64 {
        try await store.database.read { try Echoes.of(account, in: $0) }
    }

    /// The subjects of the writes to an account whose echo has not been seen.
    func awaitedEchoes(_ account: AccountID) async throws -> [String] {
        try await store.database.read { connection in
            try connection.rows(
                """
                SELECT r.subject FROM intent_row r JOIN intent i ON i.id = r.intent
                WHERE r.awaits_echo = 1 AND i.account = \(account.rawValue) ORDER BY r.subject
                """
            ) { $0.text(0) }
        }
    }

    /// Whether an address waits to be decided for an account.
    func dirty(_ email: String, _ account: AccountID) async throws -> Bool {
        try await store.database.read {
            try !Dirty.current([Address(compared: email)], account: account, in: $0).isEmpty
        }
    }

    /// Writes that went to either side since `faults.forgetCalls()`.
    var writes: Int {
        faults.calls.count {
            $0 == "crm.write" || $0.hasSuffix(".submit") || $0.hasSuffix(".upsert") || $0.hasSuffix(".write")
                || $0.hasSuffix("createList") || $0.hasSuffix("createStatus")
        }
    }
}
