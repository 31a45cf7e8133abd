import Reconciliation
import Testing

@testable import Bridge

/// Readings that follow each other without a rest keep no removal waiting.
@Suite struct ReadingGateTests {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    @Test func onlyTheReadingThatMarkedARowMayAddToItsRun() async {
        let gate = ReadingGate()
        await gate.reading(from: at(10)) {
            #expect(gate.mayAdd(toRunOf: at(10)))
            #expect(gate.mayAdd(toRunOf: at(12)))
            #expect(!gate.mayAdd(toRunOf: at(9)))
        }
        #expect(!gate.mayAdd(toRunOf: at(12)))
        await gate.reading(from: at(13)) {
            #expect(!gate.mayAdd(toRunOf: at(12)))
        }
    }

    @Test func ofTwoReadingsThatAreUnderWayTheEarlierCounts() async {
        let gate = ReadingGate()
        await gate.reading(from: at(10)) {
            await gate.reading(from: at(20)) {
                #expect(gate.mayAdd(toRunOf: at(15)))
            }
            #expect(gate.mayAdd(toRunOf: at(15)))
        }
    }
}
