import Reconciliation
import Testing

@Suite struct StandingTests {
    private let account = ConsentSource.account(Make.account)
    private let record = ConsentSource.record(RecordID(.person, 1))

    @Test func optOutBeatsOptInAtEqualAndUnknownPlaces() {
        for (optOut, optIn, stands) in [
            (1, 1, true), (2, 1, true), (1, 2, false), (nil, 9, true), (1, nil, true), (nil, nil, true),
            (-5, -4, false),
        ] as [(Int64?, Int64?, Bool)] {
            let standing = Standing([Make.event(.optIn, at: optIn), Make.event(.optOut, at: optOut)])
            #expect(standing.isOptedOut == stands, "\(String(describing: optOut)) \(String(describing: optIn))")
        }
    }

    @Test func aSourceIsLiftedOnlyByItself() {
        let standing = Standing([
            Make.event(.optOut, account, at: 1), Make.event(.optOut, record, by: .crm, at: 1),
            Make.event(.optIn, record, by: .crm, at: 9),
        ])
        #expect(standing.isOptedOut)
        #expect(standing.stands(account))
        #expect(!standing.stands(record))
        #expect(standing.stands(otherThan: record))
        #expect(!standing.stands(otherThan: account))
    }

    @Test func anOptInAloneStandsForNothing() {
        #expect(!Standing([Make.event(.optIn, at: 5)]).isOptedOut)
        #expect(!Standing().isOptedOut)
    }

    @Test func bouncesAreNoOptOuts() {
        #expect(Standing([Make.event(.undeliverable), Make.event(.deliverable)]) == Standing())
    }

    @Test func namesTheAuthorOfWhatStandsNotOfWhatWasLifted() {
        let lifted = [
            Make.event(.optOut, by: .person, at: 1, complaint: true), Make.event(.optIn, at: 2),
            Make.event(.optOut, by: .operator, at: 3),
        ]
        let standing = Standing(lifted)
        #expect(standing.author(at: account) == .operator)
        #expect(standing.sources[account]?.byPerson == false)
        #expect(standing.sources[account]?.isComplaint == false)
        #expect(Standing(lifted.dropLast()).author(at: account) == nil)
    }

    @Test func thePersonsOwnWordCountsBesideAnOperators() {
        let standing = Standing([Make.event(by: .operator, at: 5), Make.event(by: .person, at: 3, complaint: true)])
        #expect(standing.author(at: account) == .person)
        #expect(standing.sources[account]?.isComplaint == true)
    }

    @Test func aRepeatedTellingIsTheSameEvent() {
        let event = Make.event(at: 7)
        var retold = event
        retold.receivedAt = Make.at(60)
        retold.through = "poll"
        #expect(retold.identity == event.identity)
        for other in [
            Make.event(at: 8), Make.event(at: nil), Make.event(by: .operator, at: 7),
            Make.event(at: 7, complaint: true),
            Make.event(.optIn, at: 7), Make.event(.optOut, record, at: 7), Make.event(at: 7, address: "b@x.org"),
        ] {
            #expect(other.identity != event.identity)
        }
    }

    @Test func withoutAPositionTheTellingTellsEventsApart() {
        var first = Make.event(at: nil)
        first.telling = "delivery-1"
        var repeated = first
        repeated.receivedAt = Make.at(60)
        var second = first
        second.telling = "delivery-2"
        #expect(repeated.identity == first.identity)
        #expect(second.identity != first.identity)
        var placed = Make.event(at: 7)
        placed.telling = "delivery-1"
        #expect(placed.identity == Make.event(at: 7).identity, "a position says more")
    }
}
