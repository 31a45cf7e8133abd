/// Requests that were sent to a delaying URL and wait there to be run, exactly once (workbooks.md §7).
struct WorkbooksDelays: Sendable {
    /// What the visit of a delaying URL leads to.
    enum Visit {
        /// Nobody was sent there.
        case unknown
        /// Another visit is waiting.
        case busy(SandboxRequest)
        /// Wait, then go to the next delaying URL.
        case hop(token: String, SandboxRequest, wait: Double)
        /// Wait, then run the request.
        case run(SandboxRequest, wait: Double)
        /// The request was run; this was its answer.
        case done(SandboxResponse)
    }

    private enum State { case waiting, running, done(SandboxResponse), cancelled }

    private struct Delay {
        let request: SandboxRequest
        let wait: Double
        let due: ContinuousClock.Instant
        var hops: Int
        var state = State.waiting
    }

    private var delays: [String: Delay] = [:]
    private var generator = SeededGenerator(seed: 0xDE1A_4)

    /// Keeps a request and gives the token of its delaying URL; `hops` URLs follow one another before it runs.
    mutating func add(_ request: SandboxRequest, wait: Double, hops: Int) -> String {
        let token = generator.uuid()
        delays[token] = Delay(request: request, wait: wait, due: .now + .seconds(wait), hops: max(hops, 1))
        return token
    }

    /// The token under which an identical request waits without having been visited.
    func unusedToken(for request: SandboxRequest) -> String? {
        delays.first { _, delay in
            guard case .waiting = delay.state else { return false }
            return delay.request.method == request.method && delay.request.target == request.target
                && delay.request.body == request.body
        }?.key
    }

    /// Whether a request that is sent again may be run at once.
    func isDue(_ token: String) -> Bool { delays[token].map { .now >= $0.due } ?? true }

    /// Gives a token up because its request was sent again.
    mutating func cancel(_ token: String) { delays[token]?.state = .cancelled }

    /// Visits a delaying URL.
    mutating func take(_ token: String) -> Visit {
        guard var delay = delays[token] else { return .unknown }
        switch delay.state {
        case .cancelled: return .unknown
        case .running: return .busy(delay.request)
        case .done(let response): return .done(response)
        case .waiting: break
        }
        guard delay.hops > 1 else {
            delay.state = .running
            delays[token] = delay
            return .run(delay.request, wait: delay.wait)
        }
        delays[token]?.state = .cancelled
        let next = add(delay.request, wait: delay.wait, hops: delay.hops - 1)
        return .hop(token: next, delay.request, wait: delay.wait)
    }

    /// Keeps the answer of a request that ran.
    mutating func finish(_ token: String, _ response: SandboxResponse) { delays[token]?.state = .done(response) }
}
