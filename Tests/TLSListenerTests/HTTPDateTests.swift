import Synchronization
import TLSListener
import Testing

struct HTTPDateTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
    ])
    func isWrittenAsRFC9110Says(second: Int, text: String) {
        #expect(HTTPDate(now: { second }).text == text)
    }

    @Test func movesWithTheClock() {
        let second = Clock()
        let date = HTTPDate(now: { second.value.withLock { $0 } })
        #expect(date.text == "Thu, 01 Jan 1970 00:00:00 GMT")
        second.value.withLock { $0 = 1 }
        #expect(date.text == "Thu, 01 Jan 1970 00:00:01 GMT")
    }
}

private final class Clock: Sendable {
    let value = Mutex(0)
}
