import Reconciliation
import Testing

/// Everything that can be read of a contact beside everything that can be known of it.
@Suite struct ContactReadingTests {
    private static let permissions: [Permission] = [
        .explicit, .implicit, .notSet, .pendingConfirmation, .temporaryHold, .unsubscribed, .other("new"),
    ]
    private static let actors: [ContactActor] = [.contact, .account, .unknown]
    private static let stamps: [Timestamp?] = [nil, Make.at(-10), Make.at(0), Make.at(10)]
    private static let account = ConsentSource.account(Make.account)

    /// What the account has said: nothing, an opt-out that stands, one of unknown place, one that was lifted.
    private static let said: [Standing] = [
        Standing(), Standing([Make.event(at: Make.now.milliseconds)]), Standing([Make.event(at: nil)]),
        Standing([Make.event(at: 1), Make.event(.optIn, at: 2)]),
    ]

    private static let befores: [ProviderContact?] =
        [nil]
        + permissions.flatMap { permission in
            actors.flatMap { actor in
                [nil, Make.at(0)].map { stamp in contact(permission, actor, stamp) }
            }
        }

    /// A contact whose opt-out or opt-in, whichever it has, is by the actor and at the stamp.
    private static func contact(_ permission: Permission, _ actor: ContactActor, _ stamp: Timestamp?) -> ProviderContact
    {
        permission == .unsubscribed
            ? Make.contact(.unsubscribed, optOut: actor, leftAt: stamp)
            : Make.contact(permission, optIn: actor, cameAt: stamp)
    }

    private static func every(_ body: (ContactReading, Standing) -> Void) {
        for before in befores {
            for permission in permissions {
                for actor in actors {
                    for stamp in stamps {
                        for standing in said {
                            for isOpen in [true, false] {
                                for isDeleted in [true, false] {
                                    var now = contact(permission, actor, stamp)
                                    now.isDeleted = isDeleted
                                    let reading = ContactReading(
                                        account: Make.account,
                                        before: before.map { ContactShadow(contact: $0) },
                                        now: now,
                                        said: standing.sources[account],
                                        ownUnsubscribeIsOpen: isOpen,
                                        receivedAt: Make.now,
                                        through: "test"
                                    )
                                    body(reading, standing)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The first combination for which something does not hold.
    private static func first(_ breaks: (ContactReading, Standing) -> Bool) -> String? {
        var found: String?
        every { reading, standing in
            if found == nil, breaks(reading, standing) { found = "\(reading) -> \(reading.situation)" }
        }
        return found
    }

    @Test func anUnsubscribeByThePersonIsKnownOrWritten() {
        let lost = Self.first { reading, _ in
            guard reading.now.permission == .unsubscribed, reading.now.optOutBy == .contact else { return false }
            let known = reading.before?.contact
            let isKnown =
                known?.permission == .unsubscribed && known?.optOutBy == .contact
                && (reading.now.optOutAt == nil || known?.optOutAt == nil
                    || reading.now.optOutAt == known?.optOutAt)
            let writes = reading.events.contains { $0.kind == .optOut && $0.by == .person && $0.rule == .c1 }
            return isKnown ? !reading.events.isEmpty : !writes
        }
        #expect(lost == nil)
    }

    @Test func anUnsubscribeByAnybodyElseIsC3OnceItIsNew() {
        let wrong = Self.first { reading, _ in
            guard reading.now.permission == .unsubscribed, reading.now.optOutBy != .contact else { return false }
            let wasUnsubscribed = reading.before?.contact.permission == .unsubscribed
            let isOwn = reading.ownUnsubscribeIsOpen && reading.now.optOutBy == .account
            switch reading.situation {
            case .unsubscribed(.c3):
                let author: Author = reading.now.optOutBy == .account ? .operator : .provider
                return (isOwn && !wasUnsubscribed) || reading.events.map(\.by) != [author]
            case .ownUnsubscribe: return !isOwn || wasUnsubscribed
            case .nothingNew: return !wasUnsubscribed
            case .older: return reading.now.optOutAt == nil || reading.before == nil
            case .unsubscribed, .returned, .subscribedAgain, .deleted, .bounced: return true
            }
        }
        #expect(wrong == nil)
    }

    @Test func onlyAProvedReturnLifts() {
        let wrong = Self.first { reading, standing in
            let lifts = reading.events.contains { $0.kind == .optIn }
            let now = reading.now
            let optOut = standing.sources[Self.account]?.optOut ?? .max
            let isProved =
                (now.permission == .explicit || now.permission == .implicit) && now.optInBy == .contact
                && !now.isDeleted && standing.isOptedOut && (now.optInAt?.milliseconds ?? .min) > optOut
            return lifts != isProved || lifts != (reading.situation == .returned)
        }
        #expect(wrong == nil)
    }

    @Test func nothingButAnUnsubscribeOptsOut() {
        let wrong = Self.first { reading, _ in
            reading.now.permission != .unsubscribed && reading.events.contains { $0.kind == .optOut }
        }
        #expect(wrong == nil)
    }

    @Test func aSubscribedContactWhoseOptOutStandsIsToldApart() {
        let wrong = Self.first { reading, standing in
            guard reading.situation == .subscribedAgain else { return false }
            return !standing.isOptedOut || reading.before?.contact.permission != .unsubscribed
                || !reading.events.isEmpty
        }
        #expect(wrong == nil)
    }

    @Test func aDeletedContactSaysNothingButThatItIsGone() {
        let wrong = Self.first { reading, _ in
            guard reading.now.isDeleted, reading.now.permission != .unsubscribed else { return false }
            return reading.situation != .deleted || !reading.events.isEmpty
        }
        #expect(wrong == nil)
    }

    @Test func theSameCopyAgainIsNothingNew() {
        let wrong = Self.first { reading, _ in
            var again = reading
            again.before = ContactShadow(contact: reading.now)
            if case .returned = again.situation { return false }
            return !again.events.isEmpty
        }
        #expect(wrong == nil)
    }

    @Test func anOlderCopyStillTellsOfThePersonsOptOut() {
        let ours = Make.contact(.unsubscribed, optOut: .account, leftAt: Make.at(10))
        let theirs = Make.contact(.unsubscribed, optOut: .contact, leftAt: Make.at(0))
        let reading = reading(before: ours, now: theirs)
        #expect(reading.situation == .older)
        #expect(reading.events.map(\.by) == [.person])
    }

    @Test func anUnsubscribedStateCountsWhateverItsStampsSay() {
        let before = Make.contact(.explicit, optIn: .contact, cameAt: Make.at(10))
        let now = Make.contact(
            .unsubscribed,
            optOut: .contact,
            leftAt: Make.at(0),
            optIn: .contact,
            cameAt: Make.at(10)
        )
        let history = [Make.event(at: 1), Make.event(.optIn, at: Make.at(10).milliseconds)]
        let reading = reading(before: before, now: now, standing: Standing(history))
        #expect(reading.situation == .unsubscribed(.c1))
        #expect(Standing(history + reading.events).isOptedOut)
    }

    @Test func anOptOutUnderANewAddressCountsForTheOldOneToo() {
        let before = Make.contact(.implicit, email: "old@x.org")
        let now = Make.contact(.unsubscribed, email: "new@x.org", optOut: .contact, leftAt: Make.at(0))
        #expect(Set(reading(before: before, now: now).events.map(\.address.text)) == ["old@x.org", "new@x.org"])
    }

    @Test func aReturnIsLaterThanTheOptInBeforeOurUnsubscribe() {
        let once = Make.contact(.explicit, optIn: .contact, cameAt: Make.at(-100))
        var shadow = ContactShadow(contact: once, ownUnsubscribe: OwnUnsubscribe(of: once, at: Make.now))
        #expect(!shadow.personCameBack)
        shadow.contact.optInAt = Make.at(5)
        #expect(shadow.personCameBack)
        shadow.contact.optInBy = .account
        #expect(!shadow.personCameBack)
    }

    private func reading(
        before: ProviderContact?,
        now: ProviderContact,
        standing: Standing = Standing()
    ) -> ContactReading {
        ContactReading(
            account: Make.account,
            before: before.map { ContactShadow(contact: $0) },
            now: now,
            said: standing.sources[Self.account],
            ownUnsubscribeIsOpen: false,
            receivedAt: Make.now,
            through: "test"
        )
    }
}
