import Bridge
import Reconciliation
import Sandbox

/// The client's clock, which is the sandbox's: it stands still, and sleeping moves it for both.
struct SharedClock: WallClock {
    let sandbox: SandboxClock

    var now: Timestamp { Timestamp(milliseconds: Int64((sandbox.now * 1000).rounded())) }

    func sleep(milliseconds: Int64) async throws {
        try Task.checkCancellation()
        sandbox.advance(by: Double(milliseconds) / 1000)
        await Task.yield()
    }
}
