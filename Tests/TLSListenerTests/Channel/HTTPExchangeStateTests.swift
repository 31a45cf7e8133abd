import NIOCore
import TLSListener
import Testing

@Suite struct HTTPExchangeStateTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func connected() -> HTTPExchangeState {
        var state = HTTPExchangeState(header: .seconds(10), body: .seconds(30), idle: .seconds(60))
        state.connected(at: start)
        return state
    }

    private func deadline(_ seconds: Int64, _ timeout: HTTPExchangeState.Timeout) -> HTTPExchangeState.Deadline {
        HTTPExchangeState.Deadline(time: start + .seconds(seconds), timeout: timeout)
    }

    @Test func wantsTheFirstHeaderInTime() {
        var state = connected()
        #expect(state.deadline == deadline(10, .header))
        // Bytes that trickle in do not move it.
        state.incompleteHeaderRead(at: start + .seconds(5))
        #expect(state.deadline == deadline(10, .header))
        #expect(state.expired(at: start + .seconds(9)) == nil)
        #expect(state.expired(at: start + .seconds(10)) == .header)
    }

    @Test func wantsTheBodyInTimeHoweverItTricklesIn() {
        var state = connected()
        #expect(state.requestHeadRead(keepsAlive: true, at: start + .seconds(1)) == true)
        #expect(state.requestBodyRead())
        #expect(state.deadline == deadline(31, .body))
        state.incompleteHeaderRead(at: start + .seconds(20))
        #expect(state.deadline == deadline(31, .body))
    }

    @Test func leavesTheResponseItsTime() {
        var state = connected()
        #expect(state.requestHeadRead(keepsAlive: true, at: start) == true)
        #expect(state.requestEndRead(at: start) == true)
        #expect(state.deadline == nil)
        #expect(state.responseHeadWritten(keepsAlive: true) == false)
        #expect(state.responseEndWritten(at: start + .seconds(100)) == false)
        #expect(state.deadline == deadline(160, .idle))
    }

    @Test func wantsALaterHeaderInTimeOnceItHasBegun() {
        var state = connected()
        _ = state.requestHeadRead(keepsAlive: true, at: start)
        _ = state.requestEndRead(at: start)
        _ = state.responseHeadWritten(keepsAlive: true)
        _ = state.responseEndWritten(at: start)
        state.incompleteHeaderRead(at: start + .seconds(20))
        #expect(state.deadline == deadline(30, .header))
        state.incompleteHeaderRead(at: start + .seconds(29))
        #expect(state.deadline == deadline(30, .header))
    }

    @Test func doesNotHurryAPipelinedBodyThatWaitsForUs() {
        var state = connected()
        _ = state.requestHeadRead(keepsAlive: true, at: start)
        _ = state.requestEndRead(at: start)
        _ = state.requestHeadRead(keepsAlive: true, at: start)
        #expect(state.deadline == nil)
        _ = state.responseHeadWritten(keepsAlive: true)
        #expect(state.responseEndWritten(at: start + .seconds(50)) == false)
        #expect(state.deadline == deadline(80, .body))
    }

    @Test func closesAfterAResponseThatSaysSo() {
        var state = connected()
        _ = state.requestHeadRead(keepsAlive: true, at: start)
        #expect(state.responseHeadWritten(keepsAlive: false) == true)
        #expect(state.responseEndWritten(at: start) == true)
        #expect(state.isFinished)
        #expect(state.deadline == nil)
        // The rest of the request, and any other, stay where they are.
        #expect(!state.requestBodyRead())
        #expect(state.requestEndRead(at: start) == false)
        #expect(state.requestHeadRead(keepsAlive: true, at: start) == false)
    }

    @Test func closesAfterTheRequestThatAskedForIt() {
        var state = connected()
        _ = state.requestHeadRead(keepsAlive: true, at: start)
        _ = state.requestEndRead(at: start)
        #expect(state.requestHeadRead(keepsAlive: false, at: start) == true)
        #expect(state.requestEndRead(at: start) == true)
        #expect(state.requestHeadRead(keepsAlive: true, at: start) == false)
        // The first of the two is not the last one.
        #expect(state.responseHeadWritten(keepsAlive: true) == false)
        #expect(state.responseEndWritten(at: start) == false)
        #expect(state.responseHeadWritten(keepsAlive: true) == true)
        #expect(state.responseEndWritten(at: start) == true)
    }

    @Test func closesAnIdleConnectionWhenItDrains() {
        var state = connected()
        #expect(state.drainRequested() == true)
        #expect(state.drainRequested() == false)
    }

    @Test func answersWhatItHasReadWhenItDrains() {
        var state = connected()
        _ = state.requestHeadRead(keepsAlive: true, at: start)
        _ = state.requestEndRead(at: start)
        #expect(state.drainRequested() == false)
        #expect(state.responseHeadWritten(keepsAlive: true) == true)
        #expect(state.responseEndWritten(at: start) == true)
    }

    @Test func closesAfterADrainThatBeganMidResponse() {
        var state = connected()
        _ = state.requestHeadRead(keepsAlive: true, at: start)
        _ = state.requestEndRead(at: start)
        #expect(state.responseHeadWritten(keepsAlive: true) == false)
        #expect(state.drainRequested() == false)
        #expect(state.responseEndWritten(at: start) == true)
    }

    @Test func givesUpOnAPeerThatTakesNothing() {
        var state = connected()
        _ = state.requestHeadRead(keepsAlive: true, at: start)
        _ = state.requestEndRead(at: start)
        state.writabilityChanged(isWritable: false, at: start)
        #expect(state.deadline == deadline(60, .idle))
        state.writabilityChanged(isWritable: true, at: start + .seconds(30))
        #expect(state.deadline == nil)
    }

    @Test func answersAnUnreadableRequestAndCloses() {
        var state = connected()
        #expect(state.responseHeadWritten(keepsAlive: false) == true)
        #expect(state.responseEndWritten(at: start) == true)
    }
}
