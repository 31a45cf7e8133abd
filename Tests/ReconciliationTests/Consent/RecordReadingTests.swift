import Reconciliation
import Testing

/// Everything that a reading of a record can mean, beside everything that can be known of it.
@Suite struct RecordReadingTests {
    private static let id = RecordID(.person, 1)
    private static let own = ConsentSource.record(id)
    private static let main = Make.address("ada@example.org")
    private static let ownUser: Int64 = 7
    private static let software: Int64 = 8

    private static let mirrors: [RecordMirror?] =
        [nil]
        + [false, true].flatMap { flagged in
            [false, true].flatMap { deleted in
                [false, true].map { ours in
                    RecordMirror(
                        record: Make.record(version: 5, flagged: flagged, deleted: deleted),
                        flagIsOurs: flagged && ours
                    )
                }
            }
        }

    /// Nothing, the record's own opt-out, another source's, both, and an own one from a later version.
    private static let standings: [Standing] = [
        Standing(), Standing([Make.event(.optOut, own, by: .crm, at: 2)]), Standing([Make.event()]),
        Standing([Make.event(), Make.event(.optOut, own, by: .crm, at: 2)]),
        Standing([Make.event(.optOut, own, by: .crm, at: 20)]),
    ]

    /// As after the CRM was restored: its versions are lower than the one at which the flag was cleared before.
    @Test(arguments: [Int64(9), 10, 12, 13])
    func aFlagThatIsSetStandsWhateverItsVersionIs(version: Int64) {
        let history = [
            Make.event(.optOut, Self.own, by: .crm, at: 10), Make.event(.optIn, Self.own, by: .crm, at: 12),
        ]
        let reading = RecordReading(
            before: RecordMirror(record: Make.record(version: 8)),
            now: Make.record(version: version, flagged: true),
            standings: [Self.main: Standing(history)],
            receivedAt: Make.now,
            through: "test"
        )
        #expect(reading.situation == .flagSet)
        let events = reading.events(formerAddresses: [])
        #expect(Standing(history + events.filter { $0.address == Self.main }).stands(Self.own))
        #expect(!events.contains { event in history.contains { $0.identity == event.identity } })
    }

    private static func every(_ body: (RecordReading) -> Void) {
        let writes: [CRMAfterImage.Value?] = [nil, .flag(true), .flag(false), .mark(true)]
        for before in mirrors {
            for standing in standings {
                for write in writes {
                    for version in [Int64(4), 5, 6, 7] {
                        for user in [nil, ownUser, software, 9] {
                            for bits in 0..<16 {
                                let now = Make.record(
                                    version: version,
                                    flagged: bits & 1 != 0,
                                    deleted: bits & 2 != 0,
                                    by: user
                                )
                                body(
                                    RecordReading(
                                        before: before,
                                        now: now,
                                        standings: [main: standing],
                                        ownWrite: write,
                                        ownUser: ownUser,
                                        softwareUsers: [software],
                                        isPartOfBulk: bits & 4 != 0,
                                        isBaseline: bits & 8 != 0,
                                        receivedAt: Make.now,
                                        through: "test"
                                    )
                                )
                            }
                        }
                    }
                }
            }
        }
    }

    private static func first(_ breaks: (RecordReading) -> Bool) -> String? {
        var found: String?
        every { reading in
            if found == nil, breaks(reading) { found = "\(reading) -> \(reading.situation)" }
        }
        return found
    }

    private static func isOwn(_ reading: RecordReading) -> Bool { reading.ownWrite == .flag(reading.now.isOptedOut) }

    @Test func aFlagThatAnybodyElseSetIsC4() {
        let wrong = Self.first { reading in
            let isNew = reading.now.isOptedOut && reading.before?.record.isOptedOut != true
            let isC4 = isNew && !Self.isOwn(reading)
            if (reading.situation == .flagSet) != isC4 { return true }
            return isC4 && Standing(reading.events(formerAddresses: [])).stands(Self.own) == false
        }
        #expect(wrong == nil)
    }

    @Test func onlyAnOperatorsClearingLiftsAndOnlyTheRecordsOwn() {
        let wrong = Self.first { reading in
            let lifts = reading.events(formerAddresses: []).filter { $0.kind == .optIn }
            if lifts.isEmpty { return false }
            return reading.situation != .flagCleared && reading.situation != .flagDisputed
                || lifts.contains { $0.source != Self.own || $0.by != .crm }
        }
        #expect(wrong == nil)
    }

    @Test func aClearedFlagIsOneOfC5C6AndC12() {
        let wrong = Self.first { reading in
            guard let before = reading.before, before.record.isOptedOut, !before.record.isDeleted else { return false }
            guard !reading.now.isOptedOut, !reading.now.isDeleted else { return false }
            let standing = reading.standings[Self.main] ?? Standing()
            // At the same version, too: it is of another history.
            if reading.now.lockVersion <= 5 { return reading.situation != .flagGone(restored: true) }
            if Self.isOwn(reading) { return reading.situation != .ownWrite }
            // Of several changes only the last one's author shows: software may have been among them.
            let mayBeSoftware = reading.now.updatedBy == Self.software || reading.now.lockVersion > 6
            if reading.isBaseline || reading.isPartOfBulk || mayBeSoftware {
                return reading.situation != .flagGone(restored: false)
            }
            let remains =
                Standing([Make.event(.optOut, Self.own, at: 20)]) == standing || standing.stands(otherThan: Self.own)
                || (standing.sources[Self.own]?.optOut ?? 0) >= reading.now.lockVersion
            return reading.situation != (remains ? .flagDisputed : .flagCleared)
        }
        #expect(wrong == nil)
    }

    @Test func aRecordThatIsGoneLiftsNothing() {
        let wrong = Self.first { reading in
            guard reading.now.isDeleted || reading.before?.record.isDeleted == true else { return false }
            return reading.events(formerAddresses: [Self.main]).contains { $0.kind != .optOut }
        }
        #expect(wrong == nil)
    }

    @Test func theRuleIsThatOfTheSituation() {
        let wrong = Self.first { reading in
            switch reading.situation {
            case .flagSet: reading.rule != .c4
            case .flagCleared: reading.rule != .c5
            case .flagDisputed: reading.rule != .c6
            case .flagGone: reading.rule != .c12
            case .nothingNew, .gone, .ownWrite: reading.rule != nil
            }
        }
        #expect(wrong == nil)
    }

    // MARK: Addresses

    @Test func aFlagThatGoesWithTheRecordIsNotLost() {
        var world = World()
        world.read(Make.record())
        world.change(Self.id) {
            $0.isOptedOut = true
            $0.isDeleted = true
        }
        #expect(world.standing(Self.main).isOptedOut)
    }

    @Test func aChangedAddressTakesTheOptOutsAlongWithTheirAuthors() {
        var world = World()
        world.read(Make.record())
        world.append([Make.event(.optOut, by: .operator), Make.event(.optOut, by: .person, at: 3, complaint: true)])
        world.change(Self.id) { $0.mainEmail = "new@x.org" }
        let moved = world.standing(Make.address("new@x.org"))
        #expect(moved.author(at: .account(Make.account)) == .person)
        #expect(moved.sources[.account(Make.account)]?.isComplaint == true)
        #expect(world.standing(Self.main).isOptedOut)
    }

    @Test func aDisputeIsNotShakenOffByANewAddress() {
        var world = World()
        world.read(Make.record())
        world.append([Make.event()])
        #expect(world.settle() == nil)
        world.change(Self.id) {
            $0.isOptedOut = false
            $0.mainEmail = "new@x.org"
        }
        #expect(world.standing(Make.address("new@x.org")).isOptedOut)
        #expect(world.view(Make.address("new@x.org")).records.allSatisfy { $0.keepsOff })
        world.change(Self.id) { $0.mainEmail = "newer@x.org" }
        #expect(world.view(Make.address("newer@x.org")).records.allSatisfy { $0.keepsOff })
    }

    @Test func emptyingTheAddressFirstShakesNothingOff() {
        var world = World()
        world.read(Make.record())
        world.append([Make.event()])
        #expect(world.settle() == nil)
        world.change(Self.id) { $0.mainEmail = "" }
        world.change(Self.id) { $0.mainEmail = "new@x.org" }
        #expect(world.standing(Make.address("new@x.org")).isOptedOut)
    }

    @Test func anAddressThatAFlaggedRecordGetsLaterIsOptedOutToo() {
        var world = World()
        world.read(Make.record(flagged: true))
        world.change(Self.id) { $0.otherEmails = ["home@x.org"] }
        #expect(world.standing(Make.address("home@x.org")).stands(Self.own))
        world.change(Self.id) { $0.isOptedOut = false }
        #expect(!world.standing(Make.address("home@x.org")).isOptedOut)
    }

    @Test func aFlagOfCausewaysGoesNoStepFurther() {
        var world = World()
        world.read(Make.record(others: ["home@x.org"]))
        world.append([Make.event()])
        #expect(world.settle() == nil)
        world.change(Self.id) { $0.firstName = "Augusta" }
        #expect(world.records[Self.id]?.record.isOptedOut == true)
        #expect(!world.standing(Make.address("home@x.org")).isOptedOut)
        #expect(!world.standing(Self.main).stands(Self.own))
    }

    @Test func clearingLiftsFormerAddressesToo() {
        var world = World()
        world.read(Make.record(flagged: true))
        world.change(Self.id) { $0.mainEmail = "new@x.org" }
        world.change(Self.id) { $0.isOptedOut = false }
        #expect(!world.standing(Self.main).isOptedOut)
        #expect(!world.standing(Make.address("new@x.org")).isOptedOut)
    }
}
