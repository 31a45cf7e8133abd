import Reconciliation
import Testing

@Suite struct HoldSituationTests {
    private let record = ConsentSource.record(RecordID(.person, 1))

    private func choices(_ kind: HoldKind, _ events: [ConsentEvent], asks: Bool = true) -> [HoldChoice] {
        HoldSituation(kind, standings: [Standing(events)], confirming: asks ? [Make.account] : []).choices
    }

    @Test(arguments: HoldKind.allCases)
    func everyHoldCanBeDecided(kind: HoldKind) {
        #expect(!choices(kind, [Make.event(by: .person)]).isEmpty)
        #expect(!choices(kind, []).isEmpty)
    }

    @Test(arguments: HoldKind.allCases)
    func aPersonsOwnWordIsNeverLifted(kind: HoldKind) {
        let events = [Make.event(by: .person), Make.event(.optOut, record, by: .crm)]
        #expect(!choices(kind, events).contains(.lift))
    }

    @Test func othersOptOutsCanBeLiftedWhereAnOperatorsWordBringsBack() {
        let kinds = HoldKind.allCases.filter { choices($0, [Make.event(by: .operator)]).contains(.lift) }
        #expect(kinds == [.disputedFlag, .otherOptOutStands, .unprovedReturn, .subscribedAgain])
    }

    @Test func thePersonIsAskedOnlyWhereTheyOptedOutAndDidNotComplain() {
        #expect(choices(.disputedFlag, [Make.event(by: .person)]).contains(.sendConfirmation))
        #expect(!choices(.disputedFlag, [Make.event(by: .person)], asks: false).contains(.sendConfirmation))
        #expect(!choices(.disputedFlag, [Make.event(by: .person, complaint: true)]).contains(.sendConfirmation))
        #expect(!choices(.disputedFlag, [Make.event(by: .operator)]).contains(.sendConfirmation))
        let elsewhere = Make.event(.optOut, .account(Make.otherAccount), by: .person)
        #expect(!choices(.disputedFlag, [elsewhere]).contains(.sendConfirmation))
    }

    @Test(arguments: HoldKind.allCases)
    func aCauseIsReadAsItIsWritten(kind: HoldKind) {
        let cause = HoldCause(kind, "person 4 after 17")
        #expect(HoldCause(text: cause.text) == cause)
    }

    @Test func textsAreDistinct() {
        #expect(Set(HoldKind.allCases.map(\.title)).count == HoldKind.allCases.count)
        #expect(Set(HoldChoice.allCases.map(\.text)).count == HoldChoice.allCases.count)
        #expect(HoldCause(text: "unknown") == nil)
    }

    @Test func anOperatorsActLiftsTheRowsThatItNamesAndNoLaterOne() {
        let account = ConsentSource.account(Make.account)
        let act = Make.event(.optIn, by: .operator, at: 2)
        let rows: [(sequence: Int64, event: ConsentEvent)] = [
            (1, Make.event(by: .operator, at: nil)), (2, Make.event(by: .provider, at: 50)), (3, act),
        ]
        #expect(!Standing(ledger: rows).isOptedOut)
        // What arrives later stands, however early it occurred.
        #expect(Standing(ledger: rows + [(4, Make.event(by: .operator, at: 1))]).stands(account))
        // It names rows, not places: read as an event among others it lifts nothing.
        #expect(Standing(rows.map(\.event)).isOptedOut)
        #expect(!Standing(ledger: rows + rows).isOptedOut)
        let other = (sequence: Int64(2), event: Make.event(.optOut, record, by: .crm, at: 1))
        #expect(Standing(ledger: rows + [other]).isOptedOut)
    }
}
