import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// The same life lived twice: once undisturbed, once with calls that fail and a process that ends wherever a call is
/// about to be made or has just been made.
///
/// Both end the same, and no opt-out that was told is missing.
///
/// `CAUSEWAY_SEED=n` replays one seed, `CAUSEWAY_WORLDS=n` says how many are tried.
@Suite struct CrashSimulationTests {
    @Test func aLifeOfFailuresEndsLikeAnUndisturbedOne() async throws {
        var failures: [String] = []
        for seed in Seeds.all(10) {
            if let wrong = try await difference(seed) { failures.append("CAUSEWAY_SEED=\(seed)\n\(wrong)") }
            if failures.count == 3 { break }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n\n"))")
    }

    @Test func aProcessThatEndsAtAnyCallGoesOnWhereItWas() async throws {
        let life = Life(seed: 7, length: 0)
        let undisturbed = try await lived(life, by: nil)
        for fault in [Fault.crashBefore, .crashAfter] {
            var call = 0
            while true {
                let rig = try await Rig(other: true)
                life.begin(rig)
                rig.faults.plan(fault, after: call)
                if try await persist(rig, isFirst: true) { break }
                #expect(try await Outcome.of(rig) == undisturbed, "the process ends at call \(call): \(fault)")
                call += 1
            }
            #expect(call > 15)
        }
    }

    @Test func whoeverOptedOutInTheMidstOfFailuresIsOnNoList() async throws {
        var failures: [String] = []
        for seed in Seeds.all(10) {
            if let wrong = try await whoIsStillMailed(seed) { failures.append("CAUSEWAY_SEED=\(seed): \(wrong)") }
            if failures.count == 3 { break }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }

    /// Lives a life whose happenings come faster than anything comes to rest.
    private func whoIsStillMailed(_ seed: UInt64) async throws -> String? {
        let life = Life(seed: seed, length: 14)
        let rig = try await Rig(other: true)
        var random: SplitMix64? = SplitMix64(seed: seed ^ 0xBEEF)
        life.begin(rig)
        try await persist(rig, isFirst: true)
        var told: Set<String> = []
        for happening in life.happenings {
            rig.clock.advance(seconds: 20)
            switch happening {
            case .personUnsubscribed(let email, let atOther):
                if (atOther ? rig.other : rig.cc).contact(email)?.permission.isSendable == true { told.insert(email) }
            case .relayed(let email): told.insert(email)
            case .personReturned(let email): if rig.cc.contact(email)?.optOutBy == .contact { told.remove(email) }
            default: break
            }
            try await life.happen(happening, in: rig)
            disturb(rig, &random)
            do { try await rig.pass() } catch is Crash {
                try await rig.restart()
                try await persist(rig, isFirst: false)
            } catch is PortError {}
        }
        rig.faults.clear()
        try await persist(rig, isFirst: false)
        var wrong: [String] = []
        for email in told.sorted() {
            if try await !rig.isOptedOut(email) { wrong.append("\(email) is not opted out") }
            for account in [rig.cc, rig.other] where !account.listNames(of: email).isEmpty {
                wrong.append("\(email) is on \(account.listNames(of: email)) of \(account.name)")
            }
        }
        return wrong.isEmpty ? nil : wrong.joined(separator: ", ") + "\n\(life.happenings)"
    }

    private func difference(_ seed: UInt64) async throws -> String? {
        let life = Life(seed: seed)
        let undisturbed = try await lived(life, by: nil)
        let disturbed = try await lived(life, by: SplitMix64(seed: seed ^ 0xC0FFEE))
        if undisturbed == disturbed { return nil }
        return "\(disturbed.difference(from: undisturbed))\n\(life.happenings)"
    }

    private func lived(_ life: Life, by disturbance: SplitMix64?) async throws -> Outcome {
        let rig = try await Rig(other: true)
        var random = disturbance
        life.begin(rig)
        disturb(rig, &random)
        try await persist(rig, isFirst: true)
        for happening in life.happenings {
            rig.clock.advance(seconds: 4000)
            try await life.happen(happening, in: rig)
            disturb(rig, &random)
            try await persist(rig, isFirst: false)
        }
        return try await Outcome.of(rig)
    }

    /// Plans up to three failures among the calls of the next step.
    private func disturb(_ rig: Rig, _ random: inout SplitMix64?) {
        guard var generator = random else { return }
        for _ in 0..<(1 + generator.below(3)) {
            rig.faults.plan(generator.pick(Fault.interruptions), after: generator.below(40))
        }
        random = generator
    }

    /// Goes on until the world has come to rest, whatever fails; a process that ended starts again.
    ///
    /// - Returns: whether a failure that was planned did not come, since there were not as many calls.
    @discardableResult
    private func persist(_ rig: Rig, isFirst: Bool) async throws -> Bool {
        var needsRecovery = false
        for _ in 1...60 {
            do {
                if needsRecovery {
                    try await rig.engine.recover()
                    needsRecovery = false
                }
                if isFirst { try await rig.startWhatIsMissing() }
                try await rig.verify()
                let isArmed = rig.faults.isArmed
                rig.faults.clear()
                try await rig.verify()
                return isArmed
            } catch is Crash {
                try await rig.restart()
                needsRecovery = true
            } catch is PortError {
                rig.clock.advance(seconds: 5)
            } catch is LinkProblem {
                rig.clock.advance(seconds: 5)
            }
        }
        Issue.record("the world does not come to rest")
        return true
    }
}
