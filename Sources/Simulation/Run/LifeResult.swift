/// What became of one simulated life.
package struct LifeResult: Codable, Sendable {
    package var seed: UInt64
    /// What is wrong with how it ended; empty when nothing is.
    package var wrongs: [String]
    /// Durable steps that it came to.
    package var steps: Int
    package var deaths: Int
    /// How often the process died at each kind of durable step.
    package var died: [String: Int]
    /// The kinds of durable step at which it could have died.
    package var reached: Set<String>
    package var trace: [String]
    /// The step at which the only death was to be; nil for a life with seeded deaths.
    package var diedAt: Int?
    /// Whether the life had all of its steps, whatever its seed.
    package var isFullLength: Bool
}
