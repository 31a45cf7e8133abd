/// A share of many lives, one after the other.
package struct Batch: Sendable {
    private let simulator: Simulator
    private let steps: Int
    private let deaths: Int
    private let share: Share

    package init(_ simulator: Simulator, steps: Int, deaths: Int, share: Share = .whole) {
        self.simulator = simulator
        self.steps = steps
        self.deaths = deaths
        self.share = share
    }

    /// The same share of lives of one step each: small ones, to die at each of their durable steps.
    package var small: Batch { Batch(simulator, steps: 1, deaths: 0, share: share) }

    /// Lives the seeds that once showed a fault.
    package func liveKept() async throws -> Tally {
        var tally = Tally()
        for (number, kept) in KeptSeeds.all.enumerated() where share.has(number) {
            tally.add(try await simulator.live(kept.plan))
        }
        return tally
    }

    /// Lives the seeds, each once, with deaths spread over each life.
    package func live(_ seeds: ClosedRange<UInt64>) async throws -> Tally {
        var tally = Tally()
        for seed in seeds where share.has(seed) {
            tally.add(try await simulator.live(WorldPlan(seed: seed, steps: steps, deaths: deaths)))
        }
        return tally
    }

    /// Lives the seeds again and again: each life dies once, at another one of its durable steps.
    package func liveExhaustively(_ seeds: ClosedRange<UInt64>) async throws -> Tally {
        var tally = Tally()
        for seed in seeds where share.has(seed) {
            tally.add(try await simulator.live(WorldPlan(seed: seed, steps: steps, diesAt: nil)))
            for step in 1... {
                let life = try await simulator.live(WorldPlan(seed: seed, steps: steps, diesAt: step))
                if life.deaths == 0 { break }
                tally.add(life)
            }
        }
        return tally
    }

    /// Lives the seeds with a rule or guard broken, until one notices; first the one that did so before.
    ///
    /// - Returns: the life that noticed; nil when none did.
    package func notice(_ mutation: Mutation, _ seeds: ClosedRange<UInt64>) async throws -> LifeResult? {
        let known = CatchingSeeds.byMutation[mutation.name].map { [$0] } ?? []
        for seed in known + Array(seeds) {
            var plan = WorldPlan(seed: seed, steps: steps, deaths: deaths)
            plan.mutation = mutation
            let life = try await simulator.live(plan)
            if !life.wrongs.isEmpty { return life }
        }
        return nil
    }

    /// Breaks each rule and each guard of the share in turn.
    package func notice(_ mutations: [Mutation], _ seeds: ClosedRange<UInt64>) async throws -> [Noticed] {
        var found: [Noticed] = []
        for (number, mutation) in mutations.enumerated() where share.has(number) {
            let life = try await notice(mutation, seeds)
            found.append(Noticed(mutation: mutation.name, title: mutation.title, life: life))
        }
        return found
    }
}
