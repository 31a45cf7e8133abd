import Reconciliation
import Testing

/// Design §3, *An opt-out is a change of state*: what a report's row means beside what is known.
@Suite struct ReportRowReadingTests {
    private static let at: Int64 = 1_000
    private static let source = ConsentSource.account(Make.account)

    /// What a row at 1,000 comes to.
    private func outcome(
        _ act: MailingAct = .optedOut,
        _ events: [ConsentEvent] = [],
        contact: ReportRowReading.Contact = .unread,
        at place: Int64? = at,
        traits: ProviderTraits = ProviderTraits(),
        isUndeliverable: Bool = false,
        triedAgainAt: Int64? = nil,
        bouncesShow: Bool = false
    ) -> ReportRowReading.Outcome {
        ReportRowReading(
            act: act,
            account: Make.account,
            address: Make.address("ada@x.org"),
            occurredAt: place.map(Timestamp.init(milliseconds:)),
            reason: "Too many",
            said: Standing(events).sources[Self.source],
            isUndeliverable: isUndeliverable,
            triedAgainAt: triedAgainAt.map(Timestamp.init(milliseconds:)),
            contact: contact,
            traits: traits,
            bouncesShowOnContact: bouncesShow,
            receivedAt: Timestamp(milliseconds: 5_000)
        ).outcome
    }

    private func read(_ permission: Permission, _ change: (inout ProviderContact) -> Void = { _ in })
        -> ReportRowReading.Contact
    {
        var contact = ProviderContact(id: ContactID("c"), email: "ada@x.org", permission: permission)
        change(&contact)
        return .read(contact)
    }

    private func written(_ outcome: ReportRowReading.Outcome) -> ConsentEvent? {
        guard case .writes(let event) = outcome else { return nil }
        return event
    }

    @Test func joinsThePersonsOwnOptOut() {
        #expect(outcome(.optedOut, [Make.event(by: .person, at: 900)]) == .joins)
        #expect(outcome(.optedOut, [Make.event(by: .person, at: nil)]) == .joins)
    }

    @Test(arguments: [Author.operator, .provider])
    func makesAnOptOutThatNobodyExplainedThePersons(by author: Author) throws {
        let event = try #require(written(outcome(.optedOut, [Make.event(by: author, at: 900)])))
        #expect(event.by == .person)
        #expect(event.rule == .c3)
        #expect(event.position == Self.at)
        #expect(event.reason == "Too many")
        let after = Standing([Make.event(by: author, at: 900), event])
        #expect(after.author(at: Self.source) == .person)
    }

    @Test func isOvertakenByAProvedReturn() {
        let events = [Make.event(by: .person, at: 900), Make.event(.optIn, by: .person, at: 1_001)]
        #expect(outcome(.optedOut, events) == .overtaken)
        #expect(outcome(.complained, events) == .overtaken)
        // At the same moment the opt-out is what counts.
        let equal = [Make.event(by: .person, at: 900), Make.event(.optIn, by: .person, at: 1_000)]
        #expect(outcome(.optedOut, equal) == .readsBack)
    }

    @Test func readsTheContactWhereNothingIsKnown() {
        for act in [MailingAct.optedOut, .complained] { #expect(outcome(act) == .readsBack) }
        let elsewhere = Make.event(by: .person, at: 900)
        var other = elsewhere
        other.source = .account(Make.otherAccount)
        #expect(outcome(.optedOut, [other]) == .readsBack)
    }

    @Test func isThePersonsOptOutWhereTheContactReadsUnsubscribed() throws {
        for contact in [read(.unsubscribed), read(.explicit) { $0.isDeleted = true }, .gone] {
            let event = try #require(written(outcome(contact: contact)))
            #expect(event.rule == .c1)
            #expect(event.by == .person)
            #expect(event.position == Self.at)
        }
    }

    @Test(arguments: [
        Permission.explicit, .implicit, .notSet, .pendingConfirmation, .temporaryHold, .transactional, .cleaned,
        .other("new"),
    ])
    func isHeldWhereTheContactReadsOtherwise(permission: Permission) {
        #expect(outcome(contact: read(permission)) == .holds)
    }

    @Test func isOvertakenWhereTheContactShowsThePersonsReturn() {
        let back = read(.explicit) {
            $0.optInBy = .contact
            $0.optInAt = Timestamp(milliseconds: 1_001)
        }
        #expect(outcome(contact: back) == .overtaken)
        let owners = read(.explicit) {
            $0.optInBy = .account
            $0.optInAt = Timestamp(milliseconds: 1_001)
        }
        #expect(outcome(contact: owners) == .holds)
        let changed = read(.explicit) { $0.changedAt = Timestamp(milliseconds: 1_001) }
        #expect(outcome(contact: changed) == .holds)
        #expect(outcome(contact: changed, traits: ProviderTraits(onlyThePersonReturns: true)) == .overtaken)
        #expect(outcome(contact: back, at: nil) == .holds)
    }

    @Test func aComplaintCountsWhicheverWayItIsFound() throws {
        #expect(outcome(.complained, [Make.event(by: .person, complaint: true)]) == .joins)
        for events in [[Make.event(by: .person, at: 900)], [Make.event(by: .provider, at: 900)]] {
            let event = try #require(written(outcome(.complained, events)))
            #expect(event.isComplaint)
            #expect(event.rule == .c2)
        }
        for contact in [read(.explicit), read(.unsubscribed), read(.cleaned), .gone] {
            #expect(written(outcome(.complained, contact: contact))?.isComplaint == true)
        }
    }

    @Test func aHardBounceIsTheReportsWordWhereTheContactSaysNothing() throws {
        let event = try #require(written(outcome(.hardBounced)))
        #expect(event.kind == .undeliverable)
        #expect(event.rule == .c8)
        #expect(outcome(.hardBounced, isUndeliverable: true) == .joins)
        #expect(outcome(.hardBounced, triedAgainAt: 1_000) == .overtaken)
        #expect(written(outcome(.hardBounced, triedAgainAt: 999)) != nil)
    }

    @Test func aHardBounceIsWhatTheContactSaysWhereItSaysSo() {
        #expect(outcome(.hardBounced, bouncesShow: true) == .readsBack)
        #expect(outcome(.hardBounced, contact: read(.explicit), bouncesShow: true) == .nothing)
        #expect(outcome(.hardBounced, contact: read(.cleaned), isUndeliverable: true, bouncesShow: true) == .joins)
    }

    @Test(arguments: MailingAct.allCases.filter { !$0.concernsConsent })
    func nothingElseConcernsConsent(act: MailingAct) {
        #expect(outcome(act) == .nothing)
    }

    /// Whatever is known: no row ever opts anybody in, and none is left unread for ever.
    @Test(arguments: MailingAct.allCases)
    func neverLoosens(act: MailingAct) {
        let pasts: [[ConsentEvent]] = [
            [], [Make.event(by: .person)], [Make.event(by: .provider)], [Make.event(.optIn, by: .person, at: 900)],
            [Make.event(.optIn, by: .person, at: 2_000)],
        ]
        let contacts: [ReportRowReading.Contact] = [.gone, read(.explicit), read(.unsubscribed), read(.cleaned)]
        for past in pasts {
            for contact in contacts {
                for place in [nil, Self.at] {
                    let outcome = outcome(act, past, contact: contact, at: place)
                    #expect(outcome != .readsBack)
                    if let event = written(outcome) { #expect(event.kind == .optOut || event.kind == .undeliverable) }
                }
            }
        }
    }
}
