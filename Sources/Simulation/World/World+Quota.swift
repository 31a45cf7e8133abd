import Bridge
import Reconciliation
import Store

/// The day's quota that accounts share (constant-contact.md §4), and what is done where it does not suffice.
extension World {
    static let quotaKey = "constant-contact:client"
    /// How many calls are counted at once: of few a day no more than a few are lost with a process.
    var quotaBlock: Int64 { (plan.dailyLimit ?? 0) < 1_000 ? 2 : 25 }

    /// The names of the accounts that share the quota; where nobody is named there is none (mailchimp.md).
    private var limited: [SimulatedProvider] {
        plan.dailyLimit == nil ? [] : providers.values.filter { $0.shape == .namesWhoActed }
    }

    /// Makes the gates of a new process: its calls are counted before they are made.
    func makeGates() {
        guard let limit = plan.dailyLimit else { return }
        let meter = BudgetMeter(
            database: store.database,
            key: Self.quotaKey,
            plan: BudgetPlan(sharing: limit),
            block: quotaBlock
        )
        for provider in limited {
            let limits = AccountGate.Limits(
                requestsPerSecond: provider.capabilities.requestsPerSecond,
                concurrency: 4
            )
            faults.pass("\(provider.name).", through: AccountGate(limits: limits, clock: clock, meter: meter))
        }
    }

    /// A call arrives at the other side.
    func arrives(_ call: String) {
        guard limited.contains(where: { call.hasPrefix("\($0.name).") }) else { return }
        received.note(Lane.current, on: BudgetDay(of: clock.now))
    }

    /// Does something, and where the day's quota does not suffice for it does it again when that renews.
    func overDays(_ body: () async throws -> Void) async throws {
        for _ in 1...10 {
            do { return try await body() } catch let error as PortError {
                guard case .quotaSpent(let renewal) = error.code else { throw error }
                try await wait(until: renewal)
            }
        }
        throw Unrest(text: "no day's quota suffices")
    }

    /// Waits for the quota; what is urgent goes on meanwhile, as far as its reserve reaches.
    private func wait(until renewal: Timestamp) async throws {
        note("the day's quota is spent")
        while clock.now < renewal {
            clock.advance(milliseconds: min(3_600_000, renewal.milliseconds - clock.now.milliseconds))
            do {
                try await engine.readCRM()
                for account in accounts {
                    try await engine.readOptOuts(of: account)
                    _ = try await engine.pushProvider(account, lanes: 1...3)
                }
            } catch let error as PortError {
                guard case .quotaSpent = error.code else { throw error }
            }
        }
    }
}
