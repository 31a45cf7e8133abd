import Logging
import Reconciliation
import Store

/// The engine: passes over the store and the ports, each a function of its own; loops call them (`Scheduler`).
///
/// An engine keeps nothing in memory that the store does not have, but for which calls it has under way: it can be
/// thrown away at any instant and made anew on the same file.
package struct Engine: Sendable {
    package let store: Store
    package let crm: any CRM
    /// The name of the CRM's account.
    package let crmAccount: AccountID
    package let providers: [AccountID: any EmailProvider]
    package let clock: any WallClock
    package let settings: EngineSettings
    package let logger: Logger
    /// Rung when there is something to do for an account.
    package let bells: Bells
    /// The writes whose answers this process waits for.
    let callsUnderWay: CallsUnderWay
    /// Busy while changes are read.
    let gate = ReadingGate()
    /// What the pure core is asked: the rules, but where a simulation breaks one.
    package let decisions: Decisions

    package init(
        store: Store,
        crm: any CRM,
        crmAccount: AccountID,
        providers: [AccountID: any EmailProvider],
        clock: any WallClock,
        settings: EngineSettings,
        logger: Logger,
        bells: Bells = Bells(),
        callsUnderWay: CallsUnderWay = CallsUnderWay(),
        decisions: Decisions = .rules
    ) {
        self.store = store
        self.crm = crm
        self.crmAccount = crmAccount
        self.providers = providers
        self.clock = clock
        self.settings = settings
        self.logger = logger
        self.bells = bells
        self.callsUnderWay = callsUnderWay
        self.decisions = decisions
    }

    /// The provider accounts, in name order.
    package var providerAccounts: [AccountID] { providers.keys.sorted() }

    /// The accounts whose provider sends a confirmation mail of its own when asked.
    var confirming: Set<AccountID> {
        Set(providers.filter { $0.value.capabilities.sendsConfirmationMail }.keys)
    }

    func recorder(
        through: String,
        baseline: Baseline? = nil,
        isAfterGap: Bool = false,
        lane: Lane = .singleChanges
    ) -> Recorder {
        Recorder(
            crmAccount: crmAccount,
            providers: providerAccounts,
            settings: settings,
            decisions: decisions,
            now: clock.now,
            through: through,
            baseline: baseline,
            isAfterGap: isAfterGap,
            lane: lane,
            keys: store.sealer.ledgerKeys,
            logger: logger,
            confirming: confirming,
            traits: providers.mapValues(\.capabilities.traits)
        )
    }
}
