import Reconciliation
import Testing

/// The table of design §3, once more and by hand: ledger, records, providers, and whether somebody has to decide.
@Suite struct ConsentRuleTests {
    private let table: [ConsentRule: RuleEffect] = [
        .c1: RuleEffect(ledger: .optOut, records: .flaggedWithStatus, providers: .offListsAndUnsubscribed),
        .c2: RuleEffect(ledger: .optOut, records: .flaggedWithStatus, providers: .offListsAndUnsubscribed),
        .c3: RuleEffect(ledger: .optOut, records: .flaggedWithStatus, providers: .offListsAndUnsubscribed),
        .c4: RuleEffect(ledger: .optOut, records: .flagged, providers: .offListsAndUnsubscribed),
        .c5: RuleEffect(ledger: .liftOwn, records: .followersCleared, providers: .backByLifting),
        .c6: RuleEffect(ledger: .liftOwn, records: .disputed, providers: .stayOff, holds: [.disputedFlag]),
        .c7: RuleEffect(
            ledger: .liftOwn,
            records: .followersCleared,
            providers: .backByLifting,
            holds: [.keptFlag, .otherOptOutStands, .unprovedReturn]
        ),
        .c8: RuleEffect(
            ledger: .undeliverable,
            records: .markedUndeliverable,
            providers: .offLists,
            holds: [.unclearBounce]
        ),
        .c9: RuleEffect(ledger: .nothing, records: .untouched, providers: .stayOff, holds: [.contactDeleted]),
        .c10: RuleEffect(ledger: .nothing, records: .untouched, providers: .untouched),
        .c11: RuleEffect(ledger: .nothing, records: .untouched, providers: .untouched, holds: [.addressChanged]),
        .c12: RuleEffect(ledger: .nothing, records: .flaggedOrDisputed, providers: .stayOff, holds: [.flagsGone]),
        .c13: RuleEffect(
            ledger: .nothing,
            records: .untouched,
            providers: .offListsAndUnsubscribed,
            holds: [.subscribedAgain]
        ),
        // Below the table: an opt-out by the operator.
        .erasure: RuleEffect(ledger: .optOut, records: .flagged, providers: .offListsAndUnsubscribed),
    ]

    @Test(arguments: ConsentRule.allCases)
    func hasTheEffectOfItsRow(rule: ConsentRule) {
        #expect(rule.effect == table[rule])
    }

    @Test(arguments: ConsentRule.allCases)
    func raisesHoldsOfItsOwnName(rule: ConsentRule) {
        #expect(rule.effect.holds.allSatisfy { $0.rule == rule.rawValue && $0.consentRule == rule })
    }

    @Test func isNamedAsInTheTable() {
        #expect(ConsentRule.allCases.map(\.rawValue) == (1...13).map { "C\($0)" } + ["erasure"])
        #expect(Set(ConsentRule.allCases.map(\.title)).count == 14)
    }

    @Test func nothingThatLoosensComesFromAWord() {
        let rules = [true, false].flatMap { isComplaint in
            Author.allCases.map { author in
                OptOutReport(
                    account: Make.account,
                    address: Make.address("ada@x.org"),
                    by: author,
                    isComplaint: isComplaint,
                    occurredAt: nil
                ).rule
            }
        }
        #expect(rules.allSatisfy { $0.effect.ledger == .optOut })
        #expect(rules == [.c2, .c2, .c2, .c2, .c1, .c3, .c3, .c3])
    }
}
