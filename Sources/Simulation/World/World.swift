import Bridge
import Logging
import Reconciliation
import Store
import Synchronization

/// A whole world on a virtual clock: a CRM, providers, people, and the engine on a SQLite file, in one process.
///
/// `@unchecked Sendable`: one task lives it from beginning to end.
package final class World: @unchecked Sendable {
    static let crmAccount = AccountID("workbooks")
    static let cc = AccountID("constant-contact")
    static let other = AccountID("other-provider")
    static let campaigns = [CampaignID(1): "Spring", CampaignID(2): "Autumn"]
    /// The last one is too long for imports and goes by single calls.
    static let emails =
        (1...5).map { "p\($0)@example.org" } + ["somebody.with.a.name.that.is.too.long.for.imports@example.org"]
    static let master = "All Workbooks Contacts"

    let plan: WorldPlan
    let clock = VirtualClock()
    let mortality: Mortality
    let faults: Faults
    let crm: SimulatedCRM
    let providers: [AccountID: SimulatedProvider]
    let decoder = StubDecoder()
    let history: History
    let file: LifeFile
    let directory: String
    let sealer: Sealer
    let keyFile: String

    /// What decides the world's acts, what decides the engine's passes, and what decides failures: apart, so that a
    /// failure changes no act.
    var acts: SplitMix64
    var passes: SplitMix64
    var failures: SplitMix64

    var database: InlineDatabase
    var store: Store
    var engine: Engine
    var settings = EngineSettings()
    var messages: [Message] = []
    var lastMessage = 0
    var lastRecord: Int64 = 100
    var step = 0
    /// The pass that runs now, and the workers that are busy.
    var passName = "start"
    var busy: Set<String> = []
    var crmNeedsRecovery = false
    /// The life is over: nothing happens any more but what brings the world to rest.
    var isSettling = false
    /// What must hold once the world has come to rest after a calm act.
    var expectations: [Expectation] = []
    var trace: [String] = []
    /// What has reached the accounts that share a quota.
    var received = ReceivedCalls()
    var renamedLists: Set<ListID> = []
    /// Hidden records of which Causeway knows, and was not told that they cannot be read.
    var untold: Set<RecordID> = []
    /// Hidden records of which Causeway does not know.
    var unknown: Set<RecordID> = []
    /// What calls took off lists and emptied lately.
    var runs = Runs()
    /// The addresses that contacts had before they were changed at their provider.
    var movedContacts: [AccountID: [ContactID: Set<Address>]] = [:]

    /// Makes a world on a file, which is put back to its template.
    package init(_ plan: WorldPlan, on file: LifeFile) throws {
        self.plan = plan
        self.file = file
        directory = file.directory
        sealer = file.template.sealer
        // The list of erasures lies beside it, and each life has its own.
        keyFile = file.template.keyFile(in: directory)
        var chance = SplitMix64(seed: plan.seed)
        acts = SplitMix64(seed: chance.next())
        passes = SplitMix64(seed: chance.next())
        failures = SplitMix64(seed: chance.next())
        let mortality = Mortality(plan.mortality)
        self.mortality = mortality
        faults = Faults(mortality: mortality)
        let clock = clock
        func clockOfSomebody() -> SkewedClock {
            SkewedClock(of: clock, aheadBy: Int64(chance.below(1_200_000)) - 600_000)
        }
        crm = SimulatedCRM(clock: clockOfSomebody(), faults: faults)
        var providers = [
            Self.cc: SimulatedProvider(
                name: "cc",
                clock: clockOfSomebody(),
                faults: faults,
                pageSize: 8,
                shape: plan.shape
            )
        ]
        if plan.hasOther {
            providers[Self.other] = SimulatedProvider(
                name: "other",
                clock: clockOfSomebody(),
                faults: faults,
                pageSize: 8,
                shape: plan.otherShape
            )
        }
        self.providers = providers
        for provider in providers.values {
            provider.state.withLock { state in
                state.looks = 1 + Int(plan.seed % 3)
                state.worksAtOnce = plan.seed % 2 == 0
                state.indexLag = plan.seed % 4 == 0 ? 300_000 : 0
            }
        }
        history = History(crm: crm, providers: providers, keys: sealer.ledgerKeys)
        settings.ownUser = SimulatedCRM.ownUser
        settings.softwareUsers = [SimulatedCRM.softwareUser]
        settings.bulkClearedFlags = Self.clearedFlagsOfOperators
        settings.breaker = plan.breaker
        plan.mutation?.change(&settings)
        try file.renew()
        database = InlineDatabase(on: file, mortality: mortality) { "start" }
        store = Store(dataDirectory: directory, keyFile: keyFile, database: database, sealer: sealer)
        engine = Engine(
            store: store,
            crm: crm,
            crmAccount: Self.crmAccount,
            providers: providers,
            clock: clock,
            settings: settings,
            logger: Self.logger
        )
        watchCommits()
        start()
        watchCalls()
    }

    private static let logger: Logger = {
        var logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        return logger
    }()

    /// The provider accounts, in name order.
    var accounts: [AccountID] { providers.keys.sorted() }

    /// So many flags may go within an hour by operators' acts (C12).
    static let clearedFlagsOfOperators = 3

    func note(_ line: @autoclosure () -> String) {
        if plan.isTraced { trace.append("\(clock.now.milliseconds / 1000 - 1_800_000_000)s  \(line())") }
    }

    // MARK: The process

    /// Looks at what is committed from now on, and lets the process die at it.
    private func watchCommits() {
        database = InlineDatabase(
            on: file,
            mortality: mortality,
            watcher: history,
            patch: plan.mutation?.patch
        ) { [unowned self] in passName }
        if plan.followsUp { database.interruption = { [unowned self] in try await interruptTransaction() } }
    }

    /// Makes an engine on the file.
    func start() {
        store = Store(dataDirectory: directory, keyFile: keyFile, database: database, sealer: sealer)
        engine = Engine(
            store: store,
            crm: crm,
            crmAccount: Self.crmAccount,
            providers: providers,
            clock: clock,
            settings: settings,
            logger: Self.logger,
            decisions: plan.mutation?.decisions ?? .rules
        )
        makeGates()
    }

    /// The process has ended: everything that was in memory is gone, and a new one starts on the same file.
    func restart() async throws {
        note("the process ends at: \(mortality.lastPlace ?? "?")")
        busy = []
        while true {
            mortality.restart()
            faults.clear()
            // To the file, a transaction that was rolled back is one that a dead process left behind. Going on with the
            // connection saves preparing every statement again, as long as ten deaths take; one start of 32 does not.
            if (mortality.steps + Int(plan.seed % 32)).isMultiple(of: 32) { try file.reopen() }
            start()
            crmNeedsRecovery = true
            passName = "start"
            do {
                try await store.applyMissingRows()
                try await engine.recoverProviders()
                return
            } catch is Crash { note("the process ends at: \(mortality.lastPlace ?? "?")") }
        }
    }

    private func watchCalls() {
        faults.onCall { [unowned self] name in try await interrupt(name) }
        for (account, provider) in providers {
            provider.adding.withLock { hook in
                hook = { [unowned self] emails in
                    for email in emails { history.adding(email, at: account) }
                }
            }
            if plan.isCrowded {
                provider.handing.withLock { $0 = { [unowned self] change in breakerSees(change, at: account) } }
            }
            if plan.isTraced { provider.applying.withLock { $0 = { [unowned self] line in note(line) } } }
            provider.changing.withLock { hook in
                hook = { [unowned self] old, new in history.changing(old, to: new, at: account) }
            }
        }
    }
}
