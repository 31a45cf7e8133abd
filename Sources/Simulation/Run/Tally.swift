/// What many lives came to.
package struct Tally: Codable, Sendable {
    package private(set) var passed = 0
    package private(set) var failed: [LifeResult] = []
    package private(set) var died: [String: Int] = [:]
    package private(set) var steps = 0

    package init() {}

    /// Takes a life in.
    package mutating func add(_ life: LifeResult) {
        steps += life.steps
        died.merge(life.died, uniquingKeysWith: +)
        for step in life.reached { died[step, default: 0] += 0 }
        if life.wrongs.isEmpty { passed += 1 } else { failed.append(life) }
    }

    /// Takes another tally in.
    package mutating func add(_ other: Tally) {
        passed += other.passed
        failed += other.failed
        died.merge(other.died, uniquingKeysWith: +)
        steps += other.steps
    }
}
