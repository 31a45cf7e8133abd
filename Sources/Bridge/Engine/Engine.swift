import Logging
import Reconciliation
import Store

/// The engine: passes over the store and the ports, each a function of its own; loops call them (`Scheduler`).
///
/// An engine keeps nothing in memory that the store does not have: it can be thrown away at any instant and made anew
/// on the same file.
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
        self.decisions = decisions
    }

    /// The provider accounts, in name order.
    package var providerAccounts: [AccountID] { providers.keys.sorted() }

    func recorder(through: String, isBaseline: Bool = false, lane: Lane = .singleChanges) -> Recorder {
        Recorder(
            crmAccount: crmAccount,
            providers: providerAccounts,
            settings: settings,
            decisions: decisions,
            now: clock.now,
            through: through,
            isBaseline: isBaseline,
            lane: lane,
            keys: store.sealer.ledgerKeys
        )
    }

    /// Notes that an account answered.
    func answered(_ account: AccountID) async throws {
        let now = clock.now
        try await store.database.write { connection in
            try Accounts.answered(account, at: now, on: connection)
        }
    }
}
