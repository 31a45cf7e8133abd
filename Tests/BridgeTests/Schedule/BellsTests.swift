import Testing

@testable import Bridge

@Suite struct BellsTests {
    private let bells = Bells()

    @Test func remembersARingUntilItIsSilenced() {
        #expect(!bells.hasRung("inbox"))
        bells.ring("inbox")
        #expect(bells.hasRung("inbox"))
        #expect(!bells.hasRung("crm"))
        bells.silence("inbox")
        #expect(!bells.hasRung("inbox"))
    }

    @Test func endsThePauseOfAWorkerWhoseBellRangBefore() async throws {
        bells.ring("inbox")
        // A pause of an hour, were it not for the ring.
        try await bells.wait("inbox", milliseconds: 3_600_000, clock: SystemClock())
        #expect(!bells.hasRung("inbox"))
    }
}
