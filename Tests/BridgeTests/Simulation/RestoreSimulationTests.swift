import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Lives in which last week's backup is put back at the end.
///
/// `CAUSEWAY_SEED=n` replays one seed, `CAUSEWAY_WORLDS=n` says how many are tried.
@Suite struct RestoreSimulationTests {
    @Test func noOptOutOfTheWeekIsMissingAfterTheBackupIsPutBack() async throws {
        var failures: [String] = []
        for seed in Seeds.all(25) {
            if let wrong = try await restored(seed) { failures.append("CAUSEWAY_SEED=\(seed)\n\(wrong)") }
            if failures.count == 3 { break }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n\n"))")
    }

    /// Lives a life of two parts with a backup between them, puts the backup back, and says what is wrong then.
    private func restored(_ seed: UInt64) async throws -> String? {
        let life = Life(seed: seed, length: 12)
        let rig = try await Rig(other: true)
        var random = SplitMix64(seed: seed ^ 0xBACC)
        life.begin(rig)
        try await rig.startWhatIsMissing()
        try await rig.verify()
        for happening in life.happenings.prefix(4) {
            rig.clock.advance(seconds: 4000)
            try await life.happen(happening, in: rig)
            try await rig.verify()
        }
        try await rig.backUp()
        let begin = try await Tally.of(rig)
        for happening in life.happenings.dropFirst(4) {
            rig.clock.advance(seconds: 14 * 3600)
            try await life.happen(happening, in: rig)
            if random.below(3) == 0 { leaveAList(rig, &random) }
            try await rig.verify()
        }
        let optedOut = try await standing(in: rig)
        let imports = [rig.cc, rig.other].map { account in account.state.withLock { $0.imports.count } }

        try await rig.putBackupBack()
        try await rig.verify()
        try await rig.verify()

        var wrong: [String] = []
        let added = zip([rig.cc, rig.other], imports).flatMap { account, count in
            account.state.withLock { $0.imports.dropFirst(count).flatMap { $0 } }
        }
        for email in optedOut.addresses.sorted() {
            for account in [rig.cc, rig.other] where !account.listNames(of: email).isEmpty {
                wrong.append("\(email), opted out, is on \(account.listNames(of: email)) of \(account.name)")
            }
            if added.contains(email) { wrong.append("\(email), opted out, was sent to a list") }
            if optedOut.visible.contains(email), try await !rig.isOptedOut(email) {
                wrong.append("\(email) is not opted out any more")
            }
        }
        for record in optedOut.flagged where !rig.crm.isFlagged(record) {
            wrong.append("the flag of \(record) is gone")
        }
        let end = try await Tally.of(rig)
        if end != begin { wrong.append("departures and C5 were \(begin), are \(end)") }
        if try await !rig.openGaps().isEmpty { wrong.append("a gap is open still") }
        let settled = try await Outcome.of(rig)
        rig.faults.forgetCalls()
        try await rig.verify()
        let writes = rig.faults.calls.filter { $0 == "crm.write" || $0.hasSuffix(".submit") || $0.hasSuffix(".write") }
        if !writes.isEmpty { wrong.append("the sides do not rest: \(writes)") }
        let later = try await Outcome.of(rig)
        if later != settled { wrong.append(later.difference(from: settled)) }
        wrong += [rig.cc, rig.other].flatMap { account in account.state.withLock { $0.violations } }
        return wrong.isEmpty ? nil : wrong.joined(separator: "\n") + "\n\(life.happenings)"
    }

    private func leaveAList(_ rig: Rig, _ random: inout SplitMix64) {
        let email = random.pick(Life.emails)
        let spring = rig.cc.list(named: "Spring")
        if rig.cc.contact(email)?.lists.contains(spring) == true {
            rig.cc.edit(email) { $0.lists.remove(spring) }
        }
    }

    /// What was opted out before the backup came back, and what of it can be seen outside Causeway.
    private func standing(
        in rig: Rig
    ) async throws -> (addresses: Set<String>, visible: Set<String>, flagged: [RecordID]) {
        let addresses = Set(
            try await rig.store.database.read { connection in
                try connection.rows("SELECT DISTINCT address FROM standing_opt_out") { $0.text(0) }
            }
        )
        let records = rig.crm.state.withLock { Array($0.records.values) }
        let flagged = records.filter { record in
            record.isOptedOut && record.addresses.contains { addresses.contains($0.text) }
        }
        var visible: Set<String> = []
        for account in [rig.cc, rig.other] {
            for contact in account.state.withLock({ $0.contacts.values.map(\.contact) })
            where contact.permission == .unsubscribed {
                if let address = contact.address { visible.insert(address.text) }
            }
        }
        return (
            addresses, visible.intersection(addresses), flagged.filter { !$0.isDeleted }.map(\.id).sorted()
        )
    }
}

/// What must not grow by a restore.
private struct Tally: Equatable {
    var departures: Int64?
    var liftedByFlag: Int64?

    static func of(_ rig: Rig) async throws -> Tally {
        try await rig.store.database.read { connection in
            Tally(
                departures: try connection.value("SELECT count(*) FROM departure"),
                liftedByFlag: try connection.value("SELECT count(*) FROM consent_event WHERE rule = 'C5'")
            )
        }
    }
}
