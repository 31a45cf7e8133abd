import Bridge
import Reconciliation
import Store
import Synchronization

extension World {
    /// Lives the life: acts and passes, deaths and failures, until everything has come to rest.
    ///
    /// - Returns: what is wrong with how it ended; empty when nothing is.
    package func live() async throws -> [String] {
        begin()
        mortality.allow(1)
        try await firstLinks()
        while step < plan.length {
            step += 1
            mortality.allow(1 + plan.length.deaths(at: step, of: plan))
            try await takeStep()
            try checkHidden()
        }
        try await checkMarks()
        isSettling = true
        mortality.stop()
        faults.clear()
        try await endHiding()
        try await overDays { [self] in try await rest() }
        if !history.erasedAddresses.isEmpty {
            try await endErasures()
            try await overDays { [self] in try await rest() }
        }
        try checkExpectations()
        try check()
        if plan.isTraced, !history.wrongs.isEmpty { try traceFile() }
        return history.wrongs
    }

    /// The campaigns are linked, whatever happens meanwhile.
    private func firstLinks() async throws {
        try await persist { [self] in
            if plan.isCrowded { try await mapTowns() }
            try await engine.readCRM()
            for account in accounts {
                for campaign in Self.campaigns.keys.sorted()
                where campaign == CampaignID(1) || (plan.seed % 4 != 0 && !plan.isSmall) {
                    try await link(campaign, to: account)
                }
            }
        }
        try await persist { [self] in
            passName = "first round"
            try await engine.syncRound(campaign: nil, isFull: false)
        }
    }

    private func takeStep() async throws {
        if plan.isCrowded { crm.state.withLock { $0.blindScans = 0 } }
        if plan.aim == ".renameList" { listIsRenamed() }
        if plan.isCalm {
            clock.advance(seconds: 4000)
            // In that time the provider's own workers have ended whatever was handed over, whether anybody asked or not.
            for provider in providers.values { provider.finishForgottenActivities() }
            if plan.hasOperators, acts.happens(try operatorsShare()) {
                try await persist { [self] in try await operatorActs() }
            } else {
                act()
            }
            try await deliverMessages()
            try await disturbedRest()
            try checkExpectations()
            return
        }
        clock.advance(
            milliseconds: Int64(acts.pick(plan.pauses)) + Int64(acts.below(999))
        )
        // The provider's own workers end what was handed over, whether anybody asks after it or not.
        if step % 2 == 0 { for provider in providers.values { provider.finishForgottenActivities() } }
        act()
        if acts.happens(30) { act() }
        try await changeLinks()
        if plan.hasOperators, acts.happens(try operatorsShare()) {
            do { try await operatorActs() } catch is Crash { try await restart() }
        }
        try await deliverMessages()
        if plan.hasFaults, failures.happens(35) {
            faults.plan(failures.pick(Fault.failures), after: failures.below(12))
        }
        for _ in 0...passes.below(3) { try await runSomePass() }
        if plan.followsUp { try await checkMarks() }
    }

    /// Now and then a link is ended or made.
    private func changeLinks() async throws {
        guard acts.happens(plan.linksOften ? 30 : 3) else { return }
        let known = try links()
        try await persist { [self] in
            if let link = known.first, known.count > 1, acts.happens(50) {
                try await unlink(link)
            } else {
                let account = somebodysAccount
                try await link(acts.pick(Self.campaigns.keys.sorted()), to: account)
            }
        }
    }

    /// Does something until it is done, whatever fails; a process that ended starts again.
    private func persist(_ body: () async throws -> Void) async throws {
        for _ in 1...60 {
            do {
                try await body()
                return
            } catch is Crash {
                try await restart()
            } catch let error as PortError {
                // A command that somebody waits for is given again on the next day.
                if case .quotaSpent(let renewal) = error.code { clock.advance(to: renewal) }
                clock.advance(seconds: 5)
            }
        }
        throw Unrest(text: "what fails does not stop failing")
    }

    /// Comes to rest after one act, although calls fail and the process ends.
    private func disturbedRest() async throws {
        if plan.hasFaults, failures.happens(30) {
            faults.plan(failures.pick(Fault.failures), after: failures.below(30))
        }
        try await persist { [self] in try await round(isFull: true) }
        faults.clear()
        try await persist { [self] in try await round(isFull: true) }
    }

    /// Both sides are read, verified and written, until nothing is left to do soon.
    private func round(isFull: Bool) async throws {
        try await deliverMessages()
        for provider in providers.values { provider.finishForgottenActivities() }
        passName = "inbox"
        while try await engine.workInbox(decoder: decoder) > 0 {}
        passName = "verification"
        try await engine.syncRound(campaign: nil, isFull: isFull)
        crmNeedsRecovery = false
        for _ in 1...20 {
            if try unrest().isEmpty { return }
            clock.advance(seconds: 31)
            try await engine.readCRM()
            for account in accounts { try await engine.readOptOuts(of: account) }
            try await engine.settle()
        }
        throw Unrest(text: "the world does not come to rest: \(try unrest())")
    }

    /// Everything comes to rest, undisturbed.
    private func rest() async throws {
        crm.state.withLock { $0.blindScans = 0 }
        for provider in providers.values {
            provider.state.withLock { state in
                state.blindWalks = 0
                state.poison = nil
            }
        }
        step += 1000
        var writes: [String] = []
        for _ in 1...6 {
            clock.advance(seconds: 3700)
            faults.forgetCalls()
            let began = clock.now.milliseconds
            try await round(isFull: true)
            writes = faults.calls.filter(Self.isWrite)
            // A write that was only now read back explains for a while yet what was found of its contact.
            let ended = try database.look { try $0.value("SELECT count(*) FROM intent WHERE ended_at >= \(began)") }
            if writes.isEmpty, ended == 0 { return }
        }
        if !writes.isEmpty { history.wrong("a world at rest is still written to: \(writes)") }
    }

    private static func isWrite(_ call: String) -> Bool {
        call == "crm.write" || call.hasSuffix(".submit") || call.hasSuffix(".upsert") || call.hasSuffix(".write")
            || call.hasSuffix("createList") || call.hasSuffix("createStatus") || call.hasSuffix("renameList")
    }

    /// What is still to be done soon.
    private func unrest() throws -> [String] {
        let now = clock.now.milliseconds
        return try database.look { connection in
            try connection.rows(
                """
                SELECT account || ' ' || address || ' ' || reason FROM dirty
                WHERE not_before <= \(now + 120_000) AND since < \(now + 1) AND attempts < 4
                UNION ALL
                SELECT account || ' intent ' || kind || ' ' || state FROM intent
                WHERE state IN ('open', 'running', 'confirming')
                """
            ) { $0.text(0) }
        }
    }
}

extension Int {
    /// How many deaths a life of so many steps may have had at a step.
    fileprivate func deaths(at step: Int, of plan: WorldPlan) -> Int {
        guard case .seeded(_, let deaths, _) = plan.mortality, self > 0 else { return 1 }
        return deaths * step / self
    }
}

/// The world does not come to an end.
struct Unrest: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
}
