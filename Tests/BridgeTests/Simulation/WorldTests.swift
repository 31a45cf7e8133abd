import Simulation
import Testing

/// A few lives of the simulated world; `make simulate` lives thousands of them.
@Suite struct WorldTests {
    @Test func livesEndWellWhereverTheProcessDies() async throws {
        let directory = try TemporaryDirectory()
        let simulator = try await Simulator(in: directory.path)
        var deaths = 0
        for seed in Seeds.all(12) {
            let life = try await simulator.live(WorldPlan(seed: seed, steps: 24, deaths: 6))
            #expect(life.wrongs.isEmpty, "causeway-simulate --seed \(seed) --steps 24 --deaths 6: \(life.wrongs)")
            deaths += life.deaths
        }
        #expect(deaths > 0)
    }

    @Test func oneSeedIsOneLife() async throws {
        let directory = try TemporaryDirectory()
        let simulator = try await Simulator(in: directory.path)
        var plan = WorldPlan(seed: 5, steps: 12, deaths: 3)
        plan.isTraced = true
        let first = try await simulator.live(plan)
        let second = try await simulator.live(plan)
        #expect(first.trace == second.trace)
        #expect(first.steps == second.steps)
    }

    @Test func aBrokenRuleIsNoticed() async throws {
        let directory = try TemporaryDirectory()
        let simulator = try await Simulator(in: directory.path)
        let mutation = try #require(Mutation.all.first { $0.name == "C1" })
        let batch = Batch(simulator, steps: 40, deaths: 0)
        #expect(try await batch.notice(mutation, 1...20) != nil)
    }
}
