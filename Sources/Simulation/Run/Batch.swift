import Synchronization

/// Many lives, several at a time.
package struct Batch: Sendable {
    private let simulator: Simulator
    private let steps: Int
    private let deaths: Int
    private let jobs: Int

    package init(_ simulator: Simulator, steps: Int, deaths: Int, jobs: Int) {
        self.simulator = simulator
        self.steps = steps
        self.deaths = deaths
        self.jobs = max(1, jobs)
    }

    /// Lives the seeds, each once, with deaths spread over each life.
    package func live(_ seeds: ClosedRange<UInt64>) async throws -> Tally {
        try await each(seeds) { seed, worker in
            var tally = Tally()
            tally.add(try await simulator.live(WorldPlan(seed: seed, steps: steps, deaths: deaths), worker: worker))
            return tally
        }
    }

    /// Lives the seeds again and again: each life dies once, at another one of its durable steps.
    package func liveExhaustively(_ seeds: ClosedRange<UInt64>) async throws -> Tally {
        try await each(seeds) { seed, worker in
            var tally = Tally()
            tally.add(try await simulator.live(WorldPlan(seed: seed, steps: steps, diesAt: nil), worker: worker))
            var step = 1
            while true {
                let plan = WorldPlan(seed: seed, steps: steps, diesAt: step)
                let life = try await simulator.live(plan, worker: worker)
                if life.deaths == 0 { return tally }
                tally.add(life)
                step += 1
            }
        }
    }

    /// Lives the seeds with a rule or guard broken, until one notices.
    ///
    /// - Returns: the life that noticed; nil when none did.
    package func notice(_ mutation: Mutation, _ seeds: ClosedRange<UInt64>, worker: Int) async throws -> LifeResult? {
        for seed in seeds {
            var plan = WorldPlan(seed: seed, steps: steps, deaths: deaths)
            plan.mutation = mutation
            let life = try await simulator.live(plan, worker: worker)
            if !life.wrongs.isEmpty { return life }
        }
        return nil
    }

    /// Breaks each rule and each guard in turn.
    ///
    /// - Returns: each with the life that noticed.
    package func notice(
        _ mutations: [Mutation],
        _ seeds: ClosedRange<UInt64>
    ) async throws -> [(mutation: Mutation, life: LifeResult?)] {
        let next = NextNumber(from: 0)
        return try await withThrowingTaskGroup(of: [(Int, LifeResult?)].self) { group in
            for worker in 0..<jobs {
                group.addTask {
                    var found: [(Int, LifeResult?)] = []
                    while true {
                        let index = Int(next.take())
                        if index >= mutations.count { return found }
                        found.append((index, try await notice(mutations[index], seeds, worker: worker)))
                    }
                }
            }
            let all = try await group.reduce(into: []) { $0 += $1 }
            return all.sorted { $0.0 < $1.0 }.map { (mutations[$0.0], $0.1) }
        }
    }

    private func each(
        _ seeds: ClosedRange<UInt64>,
        _ live: @escaping @Sendable (UInt64, Int) async throws -> Tally
    ) async throws -> Tally {
        let next = NextNumber(from: seeds.lowerBound)
        return try await withThrowingTaskGroup(of: Tally.self) { group in
            for worker in 0..<jobs {
                group.addTask {
                    var tally = Tally()
                    while true {
                        let seed = next.take()
                        if seed > seeds.upperBound { return tally }
                        tally.add(try await live(seed, worker))
                    }
                }
            }
            return try await group.reduce(into: Tally()) { $0.add($1) }
        }
    }
}

/// Gives each number once, to whoever comes next.
private final class NextNumber: Sendable {
    private let number: Atomic<UInt64>

    init(from first: UInt64) { number = Atomic(first) }

    func take() -> UInt64 { number.wrappingAdd(1, ordering: .relaxed).oldValue }
}
