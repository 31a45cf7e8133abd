import ArgumentParser
import Simulation

extension SimulateCommand {
    /// Replays one seed.
    func replay(_ seed: UInt64, _ simulator: Simulator) async throws {
        var plan =
            diesAt == nil
            ? WorldPlan(seed: seed, steps: steps, deaths: deaths)
            : WorldPlan(seed: seed, steps: steps, diesAt: diesAt)
        plan.isTraced = trace
        plan.isFullLength = fullLength
        plan.mutation = Mutation.all.first { $0.name == mutation }
        let life = try await simulator.live(plan)
        for line in life.trace { print(line) }
        print("seed \(seed): \(life.steps) durable steps, \(life.deaths) deaths")
        for wrong in life.wrongs { print("  \(wrong)") }
        print("\(life.wrongs.isEmpty ? 1 : 0) passed, \(life.wrongs.isEmpty ? 0 : 1) failed")
        if !life.wrongs.isEmpty { throw ExitCode(1) }
    }

    /// Prints what the lives came to.
    func report(_ tally: Tally, took span: Duration) {
        print("died at:")
        for (step, count) in tally.died.sorted(by: { $0.key < $1.key }) {
            print("  \(String(repeating: " ", count: max(0, 7 - String(count).count)))\(count)  \(step)")
        }
        for life in tally.failed.sorted(by: { $0.seed < $1.seed }).prefix(show) {
            print("seed \(life.seed) failed:")
            for wrong in life.wrongs { print("  \(wrong)") }
            let length = life.isFullLength ? " --full-length" : ""
            let death = (life.diedAt.map { " --dies-at \($0)" } ?? " --deaths \(deaths)") + length
            print("  replay: causeway-simulate --seed \(life.seed) --steps \(steps)\(death) --trace")
        }
        let kinds = tally.died.count
        let fewest = tally.died.values.min() ?? 0
        print(
            "\(tally.steps) durable steps, \(tally.died.values.reduce(0, +)) deaths at \(kinds) kinds of step, each "
                + "\(fewest) times or more, in \(span)"
        )
        print("\(tally.passed) passed, \(tally.failed.count) failed")
    }

    /// Whether each kind of durable step was died at often enough, before its effect and after it; prints those that were
    /// not.
    func isEnough(_ tally: Tally) -> Bool {
        let kinds = tally.died.reduce(into: [String: Int]()) { kinds, step in
            kinds[step.key.split(separator: ",").first.map(String.init) ?? step.key, default: 0] += step.value
        }
        let tooFew = kinds.filter { $0.value < atLeast }.sorted { $0.key < $1.key }
        for (step, count) in tooFew { print("died at too seldom: \(step), \(count) times of \(atLeast)") }
        return tooFew.isEmpty
    }

    /// Prints which life noticed each broken rule or guard.
    ///
    /// - Throws: where one survived.
    func check(_ found: [Noticed]) throws {
        if share != nil { return }
        for noticed in found.sorted(by: { $0.mutation < $1.mutation }) {
            let end =
                noticed.life.map { "caught by seed \($0.seed): \($0.wrongs.first ?? "")" } ?? "SURVIVED"
            print("\(noticed.mutation): \(noticed.title): \(end)")
        }
        let survivors = found.count { $0.life == nil }
        print("\(found.count - survivors) passed, \(survivors) failed")
        if survivors > 0 { throw ExitCode(1) }
    }
}
