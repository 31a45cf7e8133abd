import Reconciliation
import Testing

@Suite struct CRMAfterImageTests {
    private static let ownUser: Int64 = 7
    private static let values: [CRMAfterImage.Value] = [.flag(true), .flag(false), .mark(true), .mark(false)]

    private static func record(_ value: CRMAfterImage.Value, version: Int64, by user: Int64?) -> CRMRecord {
        switch value {
        case .flag(let isSet): Make.record(version: version, flagged: isSet, by: user)
        case .mark(let isSet): Make.record(version: version, marked: isSet, by: user)
        case .status: Make.record(version: version, by: user)
        }
    }

    private static func opposite(of value: CRMAfterImage.Value) -> CRMAfterImage.Value {
        switch value {
        case .flag(let isSet): .flag(!isSet)
        case .mark(let isSet): .mark(!isSet)
        case .status(let id): .status(id + 1)
        }
    }

    @Test(arguments: values)
    func anAnsweredWritesEchoIsTheVersionThatTheAnswerGave(_ value: CRMAfterImage.Value) {
        let image = CRMAfterImage(value, decidedOn: 5, answered: 6)
        // Whoever the reading names: two acts cannot have the same version.
        for user in [nil, Self.ownUser, 9] {
            func sighting(_ version: Int64) -> CRMAfterImage.Sighting {
                image.sighting(in: Self.record(value, version: version, by: user), ownUser: Self.ownUser)
            }
            #expect(sighting(5) == .awaited)
            #expect(sighting(6) == .echo)
            #expect(sighting(7) == .superseded)
        }
    }

    @Test(arguments: values)
    func aValueThatIsNotTheWritesIsNoEcho(_ value: CRMAfterImage.Value) {
        let shown = Self.record(Self.opposite(of: value), version: 6, by: Self.ownUser)
        for answered in [nil, Int64(6)] {
            let image = CRMAfterImage(value, decidedOn: 5, answered: answered)
            #expect(image.sighting(in: shown, ownUser: Self.ownUser) == .superseded)
        }
    }

    @Test(arguments: values)
    func aWriteWithoutAnAnswerIsKnownByItsWriterOneVersionLater(_ value: CRMAfterImage.Value) {
        let image = CRMAfterImage(value, decidedOn: 5)
        func sighting(_ version: Int64, _ user: Int64) -> CRMAfterImage.Sighting {
            image.sighting(in: Self.record(value, version: version, by: user), ownUser: Self.ownUser)
        }
        #expect(sighting(5, Self.ownUser) == .awaited)
        #expect(sighting(6, Self.ownUser) == .echo)
        // Somebody else's act at that version means that Causeway's was stale.
        #expect(sighting(6, 9) == .superseded)
    }

    @Test(arguments: values)
    func whatCameAfterAWriteWithoutAnAnswerLeavesWhatIsGoneGoneByIt(_ value: CRMAfterImage.Value) {
        let image = CRMAfterImage(value, decidedOn: 5)
        let clears = value == .flag(false) || value == .mark(false)
        for (ownUser, writer) in [(Self.ownUser, Self.ownUser), (Self.ownUser, 9), (nil, nil)] as [(Int64?, Int64?)] {
            let shown = Self.record(value, version: 7, by: writer)
            #expect(image.sighting(in: shown, ownUser: ownUser) == (clears ? .echo : .superseded))
            let other = Self.record(Self.opposite(of: value), version: 7, by: writer)
            #expect(image.sighting(in: other, ownUser: ownUser) == .superseded)
        }
    }

    @Test func whereNobodyCanSayWhoWroteItCountsAsWhatKeepsPeopleOptedOut() {
        for (ownUser, writer) in [(nil, Self.ownUser), (Self.ownUser, nil), (nil, nil)] as [(Int64?, Int64?)] {
            for value in Self.values {
                let image = CRMAfterImage(value, decidedOn: 5)
                let sighting = image.sighting(in: Self.record(value, version: 6, by: writer), ownUser: ownUser)
                let clears = value == .flag(false) || value == .mark(false)
                #expect(sighting == (clears ? .echo : .superseded))
            }
        }
    }

    @Test func aStatusIsKnownInTheSameWay() {
        func member(_ status: Int64, version: Int64, by user: Int64) -> CampaignMember {
            CampaignMember(
                id: MemberID(1),
                campaign: CampaignID(1),
                record: nil,
                statusID: status,
                lockVersion: version,
                updatedAt: Make.now,
                updatedBy: user
            )
        }
        let answered = CRMAfterImage(.status(3), decidedOn: 5, answered: 6)
        #expect(answered.sighting(in: member(3, version: 6, by: 9), ownUser: Self.ownUser) == .echo)
        #expect(answered.sighting(in: member(3, version: 7, by: Self.ownUser), ownUser: Self.ownUser) == .superseded)
        let open = CRMAfterImage(.status(3), decidedOn: 5)
        #expect(open.sighting(in: member(3, version: 6, by: Self.ownUser), ownUser: Self.ownUser) == .echo)
        #expect(open.sighting(in: member(3, version: 6, by: 9), ownUser: Self.ownUser) == .superseded)
        #expect(open.sighting(in: member(4, version: 6, by: Self.ownUser), ownUser: Self.ownUser) == .superseded)
    }
}
