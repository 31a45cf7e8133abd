import Reconciliation
import Testing

/// What is read of a contact at a provider that names nobody, stamps no opt-outs, and takes nobody back after an opt-out
/// of the person's but the person.
@Suite struct UnnamedReadingTests {
    private static let source = ConsentSource.account(Make.account)

    private static func contact(
        _ permission: Permission,
        at seconds: Int64?,
        bounce: ContactBounce? = nil,
        deleted: Bool = false
    ) -> ProviderContact {
        var contact = Make.contact(
            permission,
            optOut: permission == .unsubscribed ? .unnamed : .unknown,
            optIn: .unknown,
            deleted: deleted
        )
        contact.changedAt = seconds.map(Make.at)
        contact.bounce = bounce
        return contact
    }

    private static func place(_ seconds: Int64) -> Int64 { Make.at(seconds).milliseconds }

    /// A reading; the person's own opt-outs are those of the events that are theirs and of this address.
    private func reading(
        before: ContactShadow?,
        now: ProviderContact,
        events: [ConsentEvent] = [],
        ownIsOpen: Bool = false,
        held: Bool = false,
        restored: Bool = false
    ) -> ContactReading {
        ContactReading(
            account: Make.account,
            before: before,
            now: now,
            said: Standing(events).sources[Self.source],
            personLeft: ContactReading.placeOfPersonsOptOut(among: events, at: Make.account),
            ownUnsubscribeIsOpen: ownIsOpen,
            returnIsHeld: held,
            isRestored: restored,
            receivedAt: Make.now,
            through: "test",
            traits: ProviderTraits(onlyThePersonReturns: true, peopleCanLeaveLists: false)
        )
    }

    private func shadow(_ contact: ProviderContact, own: Bool = false) -> ContactShadow {
        ContactShadow(contact: contact, ownUnsubscribe: own ? OwnUnsubscribe(of: contact, at: Make.now) : nil)
    }

    // MARK: Opt-outs

    /// Two workers read an account; the one that read first can be the one that records last.
    @Test func aCopyFromBeforeTheReturnIsOlderAndAnyOtherUnsubscribeCounts() {
        let events = [
            Make.event(.optOut, by: .person, at: Self.place(5)), Make.event(.optIn, by: .person, at: Self.place(9)),
        ]
        func situation(unsubscribedAt seconds: Int64?, _ events: [ConsentEvent]) -> ContactReading.Situation {
            reading(
                before: shadow(Self.contact(.explicit, at: 9)),
                now: Self.contact(.unsubscribed, at: seconds),
                events: events
            ).situation
        }
        #expect(situation(unsubscribedAt: 5, events) == .older)
        // Not the state that was written down: it counts, whatever its stamp.
        #expect(situation(unsubscribedAt: 4, events) == .unsubscribed(.c3))
        #expect(situation(unsubscribedAt: 6, events) == .unsubscribed(.c3))
        #expect(situation(unsubscribedAt: nil, events) == .unsubscribed(.c3))
        #expect(situation(unsubscribedAt: 5, []) == .unsubscribed(.c3))
    }

    @Test(arguments: [nil, Permission.explicit, .pendingConfirmation, .transactional, .cleaned])
    func anUnsubscribeThatIsNewIsNobodysInParticular(before: Permission?) {
        let known = before.map { shadow(Self.contact($0, at: 0, bounce: $0 == .cleaned ? .hard : nil)) }
        let reading = reading(before: known, now: Self.contact(.unsubscribed, at: 10))
        #expect(reading.situation == .unsubscribed(.c3))
        #expect(reading.events.map(\.by) == [.provider])
        #expect(reading.events.map(\.position) == [Self.place(10)])
        #expect(reading.events.map(\.occurredAt) == [Make.at(10)])
    }

    @Test(arguments: [0, 10, 20])
    func oneThatIsKnownIsNothingNewWhateverWasEditedSince(seconds: Int64) {
        let known = shadow(Self.contact(.unsubscribed, at: 10))
        let reading = reading(before: known, now: Self.contact(.unsubscribed, at: seconds))
        #expect(reading.situation == .nothingNew)
        #expect(reading.events.isEmpty)
    }

    @Test func theAnswerToOnesOwnUnsubscribeIsOnesOwn() {
        let known = shadow(Self.contact(.explicit, at: 0))
        let now = Self.contact(.unsubscribed, at: 10)
        #expect(reading(before: known, now: now, ownIsOpen: true).situation == .ownUnsubscribe)
        #expect(reading(before: known, now: now).situation == .unsubscribed(.c3))
    }

    @Test(arguments: [-5, 10])
    func anUnsubscribedStateStandsAfterEveryReturnWhateverTheClocksSay(seconds: Int64) {
        let history = [
            Make.event(at: Self.place(0)), Make.event(.optIn, at: Self.place(10)),
        ]
        let known = shadow(Self.contact(.explicit, at: 10))
        let reading = reading(before: known, now: Self.contact(.unsubscribed, at: seconds), events: history)
        #expect(Standing(history + reading.events).isOptedOut)
    }

    @Test func oneWithoutAnyStampBeatsEveryReturn() {
        let reading = reading(
            before: nil,
            now: Self.contact(.unsubscribed, at: nil),
            events: [Make.event(.optIn, at: Self.place(10))]
        )
        #expect(reading.events.map(\.position) == [nil])
    }

    // MARK: Returns

    private let left = [Make.event(at: place(10))]

    /// Stamp × what the shadow had, after an opt-out that the person made by this very address.
    @Test(arguments: [-5, 10, 20], [Permission.unsubscribed, .explicit])
    func aLaterStateProvesTheReturnAfterThePersonsOwnOptOut(seconds: Int64, before: Permission) {
        let reading = reading(
            before: shadow(Self.contact(before, at: -10)),
            now: Self.contact(.explicit, at: seconds),
            events: left
        )
        #expect((reading.situation == .returned) == (seconds > 10))
        #expect(reading.events.map(\.rule) == (seconds > 10 ? [.c7] : []))
        #expect(reading.events.map(\.position) == (seconds > 10 ? [Self.place(seconds)] : []))
        #expect(Standing(left + reading.events).isOptedOut == (seconds <= 10))
    }

    @Test(arguments: [Author.provider, .operator])
    func noStateProvesAReturnAfterSomebodyElsesOptOut(author: Author) {
        let reading = reading(
            before: shadow(Self.contact(.unsubscribed, at: 10)),
            now: Self.contact(.explicit, at: 20),
            events: [Make.event(by: author, at: Self.place(10))]
        )
        #expect(reading.situation == .subscribedAgain)
        #expect(reading.events.isEmpty)
    }

    @Test func whomCausewayUnsubscribedAnybodyCanTakeBack() {
        let reading = reading(
            before: shadow(Self.contact(.unsubscribed, at: 10), own: true),
            now: Self.contact(.explicit, at: 20),
            events: left
        )
        #expect(reading.situation == .subscribedAgain)
    }

    @Test func anArchiveIsNeverAWayToOptIn() {
        let reading = reading(
            before: shadow(Self.contact(.vanished, at: 15, deleted: true)),
            now: Self.contact(.explicit, at: 20),
            events: left
        )
        #expect(reading.situation == .subscribedAgain)
        #expect(reading.events.isEmpty)
    }

    @Test func aContactThatWasNeverSeenProvesNothing() {
        // Somebody gave the person's contact another address, and an import made a second one of theirs.
        let reading = reading(before: nil, now: Self.contact(.explicit, at: 20), events: left)
        #expect(reading.events.isEmpty)
    }

    @Test func whatAnOperatorTookForThePersonsOptOutProvesNoReturn() {
        var decided = left[0]
        decided.through = ConsentEvent.throughHold(7)
        let reading = reading(
            before: shadow(Self.contact(.explicit, at: 0)),
            now: Self.contact(.explicit, at: 20),
            events: [decided]
        )
        #expect(reading.events.isEmpty)
    }

    @Test func anOptOutThatCameFromAnotherAddressLaterIsAnotherOne() {
        var inherited = Make.event(by: .provider, at: Self.place(4000))
        inherited.through = ConsentEvent.throughChangedAddress
        let reading = reading(
            before: shadow(Self.contact(.unsubscribed, at: 10)),
            now: Self.contact(.explicit, at: 5000),
            events: left + [inherited]
        )
        #expect(reading.situation == .subscribedAgain)
    }

    /// The person left and came back unread, the owner unsubscribed the contact later: anybody can take that back.
    @Test(arguments: [(Int64(60), true), (3600, false)])
    func aLaterOptOutOfSomebodyElsesIsAnotherOneUnlessAMomentApart(seconds: Int64, proves: Bool) {
        let history = left + [Make.event(by: .provider, at: Self.place(10 + seconds))]
        let reading = reading(
            before: shadow(Self.contact(.unsubscribed, at: 10 + seconds)),
            now: Self.contact(.explicit, at: 5000),
            events: history
        )
        #expect(reading.situation == (proves ? .returned : .subscribedAgain))
    }

    @Test(
        arguments: [
            ConsentEvent.throughFormerAddress, ConsentEvent.throughChangedAddress, ConsentEvent.throughMovedRecord,
        ]
    )
    func anOptOutOfAnotherAddressSaysNothingOfThisContact(through: String) {
        var inherited = Make.event(at: Self.place(10))
        inherited.through = through
        let reading = reading(
            before: shadow(Self.contact(.explicit, at: 0)),
            now: Self.contact(.explicit, at: 20),
            events: [inherited]
        )
        #expect(reading.events.isEmpty)
    }

    @Test func aReturnThatHasLiftedThePersonsOptOutProvesNoSecondOne() {
        let history = [
            Make.event(at: Self.place(0)), Make.event(.optIn, at: Self.place(10)),
            Make.event(by: .provider, at: Self.place(20)),
        ]
        let reading = reading(
            before: shadow(Self.contact(.unsubscribed, at: 20)),
            now: Self.contact(.explicit, at: 30),
            events: history
        )
        #expect(reading.situation == .subscribedAgain)
    }

    @Test func anOptOutOfUnknownPlaceIsLiftedByNoState() {
        let reading = reading(
            before: shadow(Self.contact(.unsubscribed, at: 10)),
            now: Self.contact(.explicit, at: 20),
            events: [Make.event(at: nil)]
        )
        #expect(reading.events.isEmpty)
    }

    @Test func theStateOfAReturnThatIsHeldProvesNothingLater() {
        let reading = reading(
            before: shadow(Self.contact(.explicit, at: 20)),
            now: Self.contact(.explicit, at: 20),
            events: left,
            held: true
        )
        #expect(reading.events.isEmpty)
    }

    @Test func nothingIsProvedByTheFirstReadingAfterARestore() {
        let reading = reading(
            before: shadow(Self.contact(.unsubscribed, at: 10)),
            now: Self.contact(.explicit, at: 20),
            events: left,
            restored: true
        )
        #expect(reading.events.isEmpty)
    }

    @Test(arguments: [Permission.pendingConfirmation, .transactional])
    func onlyASubscribedStateIsAReturn(permission: Permission) {
        let reading = reading(
            before: shadow(Self.contact(.unsubscribed, at: 10)),
            now: Self.contact(permission, at: 20),
            events: left
        )
        #expect(reading.situation != .returned)
        #expect(reading.events.isEmpty)
    }

    // MARK: Stamps

    @Test func aStateThatIsOvertakenIsLeft() {
        let known = shadow(Self.contact(.explicit, at: 10))
        for (seconds, isOlder) in [(0, true), (10, false), (20, false)] as [(Int64, Bool)] {
            for permission in [Permission.explicit, .transactional, .pendingConfirmation] {
                let reading = reading(before: known, now: Self.contact(permission, at: seconds))
                #expect((reading.situation == .older) == isOlder)
            }
            let archived = reading(before: known, now: Self.contact(.vanished, at: seconds, deleted: true))
            #expect(archived.situation == (isOlder ? .older : .deleted))
            let unsubscribed = reading(before: known, now: Self.contact(.unsubscribed, at: seconds))
            #expect(unsubscribed.situation == .unsubscribed(.c3))
            let cleaned = reading(before: known, now: Self.contact(.cleaned, at: seconds, bounce: .hard))
            #expect(cleaned.situation == .bounced(.hard))
        }
    }

    // MARK: Bounces

    @Test func aCleanedContactIsABounceOrAComplaint() {
        let known = shadow(Self.contact(.explicit, at: 0))
        for bounce in ContactBounce.allCases {
            let reading = reading(before: known, now: Self.contact(.cleaned, at: 10, bounce: bounce))
            #expect(reading.situation == .bounced(bounce))
            let isComplaint = bounce == .complaint
            #expect(reading.events.map(\.rule) == [isComplaint ? .c2 : .c8])
            #expect(reading.events.map(\.kind) == [isComplaint ? .optOut : .undeliverable])
            #expect(reading.events.map(\.isComplaint) == [isComplaint])
            #expect(Standing(reading.events).isOptedOut == isComplaint)
        }
    }

    @Test func eachReasonOfACleanedContactCountsOnce() {
        for old in ContactBounce.allCases {
            for new in ContactBounce.allCases {
                let reading = reading(
                    before: shadow(Self.contact(.cleaned, at: 0, bounce: old)),
                    now: Self.contact(.cleaned, at: 10, bounce: new)
                )
                #expect(reading.situation == (old == new ? .nothingNew : .bounced(new)))
            }
        }
    }

    @Test func aComplaintStandsAfterEveryReturnWhateverTheClocksSay() {
        let history = [Make.event(at: Self.place(0)), Make.event(.optIn, at: Self.place(10))]
        let reading = reading(
            before: shadow(Self.contact(.explicit, at: 10)),
            now: Self.contact(.cleaned, at: 5, bounce: .complaint),
            events: history
        )
        #expect(Standing(history + reading.events).isOptedOut)
    }
}
