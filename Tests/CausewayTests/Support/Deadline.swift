/// Something that a test waited for did not come in time.
struct TimedOut: Error, CustomStringConvertible {
    let description: String
}

/// Waits until something holds, looking again and again.
///
/// - Parameters:
///   - what: what is waited for, for the message.
///   - limit: how long at most.
///   - pause: how long between two looks.
///   - condition: whether it holds now.
/// - Throws: `TimedOut` at the end of the limit; what the condition throws.
func wait(
    for what: String,
    within limit: Duration = .seconds(30),
    every pause: Duration = .milliseconds(25),
    until condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !condition() {
        guard clock.now < deadline else { throw TimedOut(description: "no \(what) within \(limit)") }
        try await Task.sleep(for: pause)
    }
}
