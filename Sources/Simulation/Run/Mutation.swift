import Bridge
import Reconciliation
import Store

/// A rule or a guard that is broken on purpose, to see that the simulated world notices.
package struct Mutation: Sendable {
    /// What the rule or guard is called, such as `C5` or `guard 3`.
    package var name: String
    /// How it is broken.
    package var title: String
    var decisions: Decisions
    var patch: StatementPatch?
    var change: @Sendable (inout EngineSettings) -> Void

    init(
        _ name: String,
        _ title: String,
        decisions: Decisions = .rules,
        patch: StatementPatch? = nil,
        change: @escaping @Sendable (inout EngineSettings) -> Void = { _ in }
    ) {
        self.name = name
        self.title = title
        self.decisions = decisions
        self.patch = patch
        self.change = change
    }

    // MARK: Ways of breaking

    /// Events of a rule are not written.
    static func dropping(_ rule: ConsentRule, _ kind: ConsentEvent.Kind? = nil) -> Decisions {
        Decisions(events: { $0.filter { !($0.rule == rule && (kind == nil || $0.kind == kind)) } })
    }

    /// Operations of a kind are not carried out.
    static func without(_ isMeant: @escaping @Sendable (Operation) -> Bool) -> Decisions {
        Decisions(plan: { view, now in
            var plan = AddressDecision.plan(for: view, at: now)
            plan.operations.removeAll(where: isMeant)
            return plan
        })
    }

    /// The breaker judges some kinds of change alone.
    static func judging(_ isJudged: @escaping @Sendable (HoldKind) -> Bool) -> Decisions {
        Decisions(plan: { view, now in
            var plan = AddressDecision.plan(for: view, at: now)
            plan.judged.removeAll { !isJudged($0.kind) }
            return plan
        })
    }

    /// The decision is made on something else than what is there.
    static func seeing(_ change: @escaping @Sendable (inout AddressView) -> Void) -> Decisions {
        Decisions(plan: { view, now in
            var view = view
            change(&view)
            return AddressDecision.plan(for: view, at: now)
        })
    }

    /// The same, for each account's part of it.
    static func seeingAccounts(_ change: @escaping @Sendable (inout AccountView) -> Void) -> Decisions {
        seeing { view in
            for index in view.accounts.indices { change(&view.accounts[index]) }
        }
    }
}
