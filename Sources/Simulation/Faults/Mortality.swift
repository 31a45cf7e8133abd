import Synchronization

/// Ends a simulated process at durable steps; a dead one reaches no further step until it is started again.
package final class Mortality: Sendable {
    /// When the process ends.
    package enum Plan: Sendable {
        case never
        /// At one durable step, counted from 1.
        case at(Int)
        /// At about so many steps, seldom ones before frequent ones; where it aims at a kind, at that one wherever it can,
        /// and hardly at those that are not seldom.
        case seeded(SplitMix64, deaths: Int, aim: String?)
    }

    private struct State {
        var plan: Plan
        var isDead = false
        var steps = 0
        var deaths = 0
        /// How many deaths are allowed until now, so that they spread over a life.
        var allowance = 0
        var reached: [String: Int] = [:]
        var died: [String: Int] = [:]
        var place: String?
    }

    private let state: Mutex<State>

    package init(_ plan: Plan = .never) { state = Mutex(State(plan: plan)) }

    /// Whether the process has ended and was not started again.
    package var isDead: Bool { state.withLock { $0.isDead } }
    /// Durable steps reached so far.
    package var steps: Int { state.withLock { $0.steps } }
    /// How often the process ended so far.
    package var deaths: Int { state.withLock { $0.deaths } }
    /// How often it ended at each kind of step.
    package var died: [String: Int] { state.withLock { $0.died } }
    /// The kinds of step at which it could have ended.
    package var reached: Set<String> { state.withLock { Set($0.reached.keys) } }
    /// The step at which it ended last.
    package var lastPlace: String? { state.withLock { $0.place } }

    /// Allows so many deaths until now.
    package func allow(_ deaths: Int) { state.withLock { $0.allowance = deaths } }

    /// Lets nothing end any more.
    package func stop() { state.withLock { $0.plan = .never } }

    /// A new process starts.
    package func restart() { state.withLock { $0.isDead = false } }

    /// A dead process can do nothing.
    package func checkAlive() throws {
        if isDead { throw Crash() }
    }

    /// Comes to a durable step.
    ///
    /// - Throws: `Crash` where the process ends here, or has ended; `Unrest` where it has come to so many that it would
    ///   go on for ever.
    package func reach(_ step: DurableStep, _ moment: DurableStep.Moment) throws {
        let isDead = try state.withLock { state -> Bool in
            if state.isDead { return true }
            state.steps += 1
            if state.steps > Self.mostSteps { throw Unrest(text: "after \(state.steps) durable steps, at \(step)") }
            guard Self.dies(step, moment, &state) else { return false }
            let name = "\(step), \(moment.rawValue)"
            state.isDead = true
            state.deaths += 1
            state.died[name, default: 0] += 1
            state.place = name
            return true
        }
        if isDead { throw Crash() }
    }

    /// A life of forty steps has about fifteen hundred.
    private static let mostSteps = 50_000

    private static func dies(_ step: DurableStep, _ moment: DurableStep.Moment, _ state: inout State) -> Bool {
        switch state.plan {
        case .never: return false
        case .at(let place): return state.steps == place
        case .seeded(var random, let limit, let aim):
            let isAimedAt = aim.map { step.isOne(of: $0) } ?? false
            guard state.deaths < limit, isAimedAt || state.deaths < state.allowance else { return false }
            let name = "\(step), \(moment.rawValue)"
            let seen = state.reached[name, default: 0]
            state.reached[name] = seen + 1
            // The first time is the likeliest: kinds that come once in a life are died at, too.
            let usual = 250 / (seen + 1) / (seen + 1) + 4
            let other = aim == nil || step.isSeldom ? usual : usual / 16
            let chance = isAimedAt ? 500 : other
            let dies = random.below(1000) < chance
            state.plan = .seeded(random, deaths: limit, aim: aim)
            return dies
        }
    }
}
