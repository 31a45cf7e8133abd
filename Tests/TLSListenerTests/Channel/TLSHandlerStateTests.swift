import TLSListener
import Testing

@Suite struct TLSHandlerStateTests {
    private func open() -> TLSHandlerState {
        var state = TLSHandlerState()
        state.handshakeCompleted()
        return state
    }

    @Test func takesInputButNoOutputDuringTheHandshake() {
        let state = TLSHandlerState()
        #expect(state.takesInput)
        #expect(!state.takesOutput)
    }

    @Test func goesOnAnsweringAfterThePeerClosedItsSide() {
        var state = open()
        #expect(state.closeNotifyReceived(allowsHalfClosure: true) == .reportInputClosed)
        #expect(!state.takesInput)
        #expect(state.takesOutput)
        #expect(state.endOfStreamReceived() == .nothing)
        #expect(state.closeOutputRequested() == .sayGoodbyeThenClose)
        #expect(state.phase == .closing)
    }

    @Test func closesWithThePeerWhereHalvesAreNotAllowed() {
        var state = open()
        #expect(state.closeNotifyReceived(allowsHalfClosure: false) == .close(.sayGoodbyeThenClose))
        #expect(!state.takesOutput)
    }

    @Test func lingersAfterItClosedItsOutput() {
        var state = open()
        #expect(state.closeOutputRequested() == .sayGoodbyeThenHalfClose)
        #expect(state.phase == .lingering)
        #expect(!state.takesInput)
        #expect(!state.takesOutput)
        #expect(state.closeOutputRequested() == .nothing)
        #expect(state.endOfStreamReceived() == .close)
    }

    @Test func closesAtOnceWhenTheStreamIsCut() {
        var state = open()
        #expect(state.endOfStreamReceived() == .close)
        var early = TLSHandlerState()
        #expect(early.endOfStreamReceived() == .close)
    }

    @Test func saysGoodbyeOnlyAfterTheHandshake() {
        var early = TLSHandlerState()
        #expect(early.closeRequested() == .close)
        var state = open()
        #expect(state.closeRequested() == .sayGoodbyeThenClose)
        #expect(state.closeRequested() == .nothing)
    }

    @Test func letsTheLastBytesGoBeforeItHeedsTheEndOfTheStream() {
        var state = open()
        #expect(state.closeRequested() == .sayGoodbyeThenClose)
        #expect(state.endOfStreamReceived() == .nothing)
    }

    @Test func saysNothingMoreAfterAFailure() {
        var state = open()
        state.failed()
        #expect(state.phase == .closing)
        #expect(state.closeRequested() == .nothing)
        #expect(!state.takesInput)
        #expect(!state.takesOutput)
    }

    @Test func readsNothingMoreAfterAHandlerClosedTheInput() {
        var state = open()
        state.closeInputRequested()
        #expect(!state.takesInput)
        #expect(state.closeOutputRequested() == .sayGoodbyeThenClose)
    }

    @Test func staysClosed() {
        var state = open()
        state.channelClosed()
        state.failed()
        #expect(state.phase == .closed)
        #expect(state.closeOutputRequested() == .nothing)
        #expect(state.closeRequested() == .close)
    }
}
