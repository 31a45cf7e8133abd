import Reconciliation
import Testing

@Suite struct ParkReasonTests {
    private let reasons: [ParkReason] =
        [
            .address(.missing), .address(.malformed), .address(.tooLong(limit: 80)), .listLimit(50), .refused("no"),
            .unsubscribedThere, .inDoubt,
        ]

    @Test func codesAndTextsAreDistinct() {
        #expect(Set(reasons.map(\.code)).count == reasons.count)
        #expect(Set(reasons.map(\.text)).count == reasons.count)
    }
}
