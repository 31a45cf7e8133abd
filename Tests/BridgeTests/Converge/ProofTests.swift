import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// The proof of convergence: digests of both sides and of the provider, and a reason for every row that differs.
@Suite struct ProofTests {
    @Test func afterARoundBothSidesAgree() async throws {
        let rig = try await Rig()
        for id in 1...9 as ClosedRange<Int64> { rig.add(id, "p\(id)@example.org", first: "First\(id)") }
        rig.add(20, "flagged@example.org", flagged: true)
        try await rig.start()
        let proof = try await rig.proof()
        #expect(proof.isEqual)
        #expect(proof.row.crm.count == 10)
        #expect(proof.differences.isEmpty)
        #expect(proof.row.verified == nil)
        let kept = try await rig.kept()
        #expect(kept?.crm == proof.row.crm)
    }

    @Test func aFullRoundReadsBackWhatTheProviderHolds() async throws {
        let rig = try await Rig(other: true)
        for id in 1...30 as ClosedRange<Int64> { rig.add(id, "p\(id)@example.org", in: [Rig.spring, Rig.autumn]) }
        rig.cc.add("p3@example.org")
        try await rig.start([Rig.spring, Rig.autumn])
        rig.cc.personUnsubscribes("p3@example.org")
        try await rig.verify()
        for link in try await rig.links() {
            let kept = try #require(try await rig.kept(link.id))
            let verified = try #require(kept.verified)
            #expect(kept.isEqual && verified.isEqual)
            #expect(kept.crm == verified.provider)
            #expect(kept.crm.count == 30)
            #expect(kept.differing == 0)
        }
    }

    @Test func theFirstRoundCanBeAFullOne() async throws {
        let rig = try await Rig()
        for id in 1...12 as ClosedRange<Int64> { rig.add(id, "p\(id)@example.org") }
        try await rig.link()
        try await rig.engine.syncRound(campaign: nil, isFull: true)
        let kept = try #require(try await rig.kept())
        #expect(kept.verified?.isEqual == true)
        #expect(kept.verified?.provider.count == 12)
    }

    @Test func theProvidersDigestIsOfWhatWasReadAndNotOfWhatIsKnown() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        try await rig.start()
        let spring = rig.cc.list(named: "Spring")
        // Five minutes have not passed since it was put there: nobody is believed to have left.
        rig.cc.edit("ada@example.org") { $0.lists.remove(spring) }
        try await rig.engine.syncRound(campaign: nil, isFull: true)
        let kept = try #require(try await rig.kept())
        #expect(kept.isEqual)
        #expect(kept.verified?.isEqual == false)
        #expect(kept.verified?.provider.count == 1)
        #expect(try await rig.named() == ["ada@example.org unconfirmed"])
        // Later it is believed; then both sides agree again.
        try await rig.verify()
        try await rig.verify()
        #expect(try await rig.kept()?.verified?.isEqual == true)
        #expect(try await rig.named() == [])
    }

    @Test func aChangeThatNothingWasMarkedForIsFoundAndPutRight() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org", first: "Ada")
        rig.add(2, "b@example.org")
        try await rig.start()
        // The store forgets a name, and nobody is told.
        try await rig.store.database.write {
            try $0.execute("UPDATE contact SET first_name = 'Nobody' WHERE email = 'ada@example.org'")
        }
        rig.cc.edit("ada@example.org") { $0.firstName = "Nobody" }
        let before = try await rig.proof()
        #expect(!before.isEqual)
        #expect(before.differences.map(\.code) == ["found"])
        #expect(before.row.unexplained == 1)
        try await rig.verify()
        #expect(rig.cc.contact("ada@example.org")?.firstName == "Ada")
        let after = try #require(try await rig.kept())
        #expect(after.isEqual && after.verified?.isEqual == true)
        #expect(after.unexplained == 0)
    }

    // MARK: Each kind of row that differs

    @Test func namesWhatWaits() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.firstName = "Augusta" }
        try await rig.engine.readCRM()
        #expect(try await rig.proof().differences.map(\.code) == ["waiting"])
    }

    @Test func namesWhatIsInFlight() async throws {
        let rig = try await Rig()
        rig.add(1, "b@example.org")
        try await rig.start()
        rig.cc.state.withLock {
            $0.worksAtOnce = false
            $0.looks = 50
        }
        rig.add(2, "ada@example.org")
        try await rig.engine.readCRM()
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        let proof = try await rig.proof()
        #expect(proof.differences.map { "\($0.address) \($0.code)" } == ["ada@example.org in-flight"])
        #expect(!proof.isEqual)
    }

    @Test func namesWhatTheProviderRefuses() async throws {
        let rig = try await Rig()
        rig.cc.state.withLock { _ = $0.refused.insert(Address(compared: "ada@example.org")) }
        rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        try await rig.start()
        try await rig.verify()
        #expect(try await rig.named() == ["ada@example.org parked"])
        #expect(try await rig.kept()?.unexplained == 0)
        let text = try await rig.proof().differences.first?.text
        #expect(text?.contains("Invalid email address") == true)
    }

    @Test func namesAContactThatWasDeleted() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        try await rig.start()
        rig.cc.edit("ada@example.org") { contact in
            contact.isDeleted = true
            contact.lists = []
        }
        try await rig.verify()
        let named = try await rig.named()
        #expect(named == ["ada@example.org parked"] || named == ["ada@example.org held"])
    }

    @Test func namesAFlagThatIsNotWrittenYet() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        let proof = try await rig.proof()
        #expect(!proof.isEqual)
        #expect(proof.differences.map(\.code) == ["waiting"])
    }

    /// Opted out here and asked to opt in again there: somebody decides on the one, the person alone on the other (C10).
    @Test(arguments: [(SimulatedProvider.Shape.namesWhoActed, "held"), (.namesNobody, "waiting")])
    func anUnconfirmedReturnIsNamed(shape: SimulatedProvider.Shape, code: String) async throws {
        let rig = try await Rig(shape: shape)
        rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        rig.cc.edit("ada@example.org") { contact in
            contact.permission = .pendingConfirmation
            contact.optInBy = .contact
            contact.optInAt = rig.clock.now
        }
        try await rig.verify()
        #expect(try await rig.named() == ["ada@example.org \(code)"])
        #expect(try await rig.kept()?.unexplained == 0)
    }

    @Test func namesStrangersAndDoesNotCountThem() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.add("stranger@example.org", lists: [rig.cc.list(named: "Spring")])
        try await rig.verify()
        let kept = try #require(try await rig.kept())
        #expect(kept.isEqual && kept.verified?.isEqual == true)
        #expect(kept.strangers == 1)
        #expect(kept.differing == 0)
        #expect(try await rig.named() == ["stranger@example.org stranger"])
    }

    @Test func aDisputeIsNamed() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.calm()
        rig.clock.advance(seconds: 60)
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        try await rig.verify()
        let named = try await rig.named()
        #expect(named == ["ada@example.org parked"] || named == ["ada@example.org held"])
    }

    @Test func aHeldLinkIsNamedAndCostsNoReadings() async throws {
        let rig = try await Rig()
        for id in 1...30 as ClosedRange<Int64> { rig.add(id, "p\(id)@example.org") }
        try await rig.start()
        let list = rig.cc.list(named: "Spring")
        rig.cc.state.withLock { state in
            state.lists[list] = nil
            for id in state.contacts.keys { state.contacts[id]?.contact.lists.remove(list) }
        }
        rig.clock.advance(seconds: 3600)
        try await rig.engine.syncRound(campaign: nil, isFull: true)
        try await rig.calm()
        rig.faults.forgetCalls()
        try await rig.verify()
        #expect(rig.faults.count("cc.contact") - rig.faults.count("cc.contacts") < 10)
        let named = Set(try await rig.named().map { $0.split(separator: " ")[1] })
        #expect(named.isSubset(of: ["held"]), "\(named)")
        #expect(try await rig.kept()?.unexplained == 0)
    }

    // MARK: What is kept

    @Test func digestsAreMadeAnewOnlyWhenSomethingHappened() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.engine.refreshDigests()
        let first = try #require(try await rig.kept())
        rig.clock.advance(seconds: 30)
        try await rig.engine.refreshDigests()
        #expect(try await rig.kept()?.asOf == first.asOf)
        rig.add(2, "b@example.org")
        try await rig.calm()
        try await rig.engine.refreshDigests()
        let second = try #require(try await rig.kept())
        #expect(second.asOf > first.asOf)
        #expect(second.crm.count == 2)
    }

    // MARK: Whether the digests are of the present

    @Test func afterARoundALinkIsInSync() async throws {
        let rig = try await Rig(other: true)
        for id in 1...5 as ClosedRange<Int64> { rig.add(id, "p\(id)@example.org", in: [Rig.spring, Rig.autumn]) }
        try await rig.startWhatIsMissing()
        for isFull in [false, true] {
            rig.crm.edit(RecordID(.person, 1)) { $0.firstName = isFull ? "Augusta" : "Anna" }
            try await rig.engine.syncRound(campaign: nil, isFull: isFull)
            for link in try await rig.links() {
                #expect(try await rig.rest(link.id).isInSync, "link \(link.id), full: \(isFull)")
            }
        }
    }

    @Test func whoIsStillOnTheListAfterLeavingTheCampaignIsCounted() async throws {
        let rig = try await Rig()
        let leaving = (1...5).map { rig.add(Int64($0), "p\($0)@example.org") }
        rig.add(6, "stays@example.org")
        try await rig.start()
        try await rig.engine.refreshDigests(.outOfDate)
        #expect(try await rig.rest().isInSync)
        // The account wants a person to authorise it: nothing goes out.
        for record in leaving { rig.crm.edit(Rig.member(record, Rig.spring)) { $0.isDeleted = true } }
        try await rig.engine.readCRM()
        let rest = try await rig.rest()
        #expect(rest.digests?.isEqual == true)
        #expect(rest.waiting == 5)
        #expect(!rest.isInSync)
    }

    @Test func whatIsUnderWayKeepsALinkFromBeingInSync() async throws {
        let rig = try await Rig()
        rig.add(1, "b@example.org")
        try await rig.start()
        try await rig.engine.refreshDigests(.outOfDate)
        rig.cc.state.withLock {
            $0.worksAtOnce = false
            $0.looks = 50
        }
        for id in 2...4 as ClosedRange<Int64> { rig.add(id, "p\(id)@example.org") }
        try await rig.engine.readCRM()
        _ = try await rig.engine.pushCRM()
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        try await rig.engine.refreshDigests()
        let rest = try await rig.rest()
        #expect(rest.digests?.isEqual == true)
        #expect(rest.underWay == 3)
        #expect(!rest.isCurrent)
        #expect(!rest.isInSync)
    }

    @Test func aFlagThatIsStillToBeWrittenKeepsALinkFromBeingInSync() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        try await rig.start()
        // Off the list already, and the digests are made while the flag waits.
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        try await rig.engine.refreshDigests(.outOfDate)
        let rest = try await rig.rest()
        #expect(rest.isCurrent)
        #expect(rest.waiting == 1)
        #expect(!rest.isInSync)
        try await rig.calm()
        try await rig.engine.refreshDigests(.outOfDate)
        #expect(try await rig.rest().isInSync)
    }

    @Test func aLinkIsInSyncOnlyWithDigestsThatKnowEverything() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.engine.refreshDigests(.outOfDate)
        #expect(try await rig.rest().isInSync)
        rig.add(2, "b@example.org")
        try await rig.calm()
        // At rest, and nobody has looked since.
        let rest = try await rig.rest()
        #expect(rest.waiting == 0 && rest.underWay == 0)
        #expect(!rest.isInSync)
        try await rig.engine.refreshDigests(.outOfDate)
        #expect(try await rig.rest().isInSync)
    }

    @Test func aLinkThatEndsLeavesNoDigest() async throws {
        let rig = try await Rig()
        rig.cc.state.withLock { _ = $0.refused.insert(Address(compared: "ada@example.org")) }
        rig.add(1, "ada@example.org")
        try await rig.start()
        let link = try #require(try await rig.links().first)
        let now = rig.clock.now
        try await rig.store.database.write { _ = try Unlinking.unlink(link, at: now, in: $0) }
        #expect(try await rig.kept(link.id) == nil)
        #expect(try await rig.named(link.id) == [])
    }

    @Test func seededLivesEndInAgreementOrWithAReason() async throws {
        var failures: [String] = []
        for seed in Seeds.all(10) {
            let life = Life(seed: seed, length: 10)
            let rig = try await Rig(other: true)
            life.begin(rig)
            try await rig.startWhatIsMissing()
            try await rig.calm()
            for happening in life.happenings {
                rig.clock.advance(seconds: 120)
                try await life.happen(happening, in: rig)
                try await rig.pass()
            }
            try await rig.calm()
            try await rig.verify()
            for link in try await rig.links() {
                guard let kept = try await rig.kept(link.id) else {
                    failures.append("CAUSEWAY_SEED=\(seed): no digest of link \(link.id)")
                    continue
                }
                let named = try await rig.named(link.id).filter { !$0.hasSuffix("stranger") }
                let isEqual = kept.isEqual && kept.verified?.isEqual == true
                if kept.unexplained > 0 || isEqual != named.isEmpty {
                    failures.append("CAUSEWAY_SEED=\(seed): link \(link.id) equal \(isEqual), \(named)")
                }
            }
            if failures.count > 2 { break }
        }
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    }
}

extension Rig {
    func links() async throws -> [Link] { try await store.database.read { try Links.all(in: $0) } }

    /// The proof of a link, or of the first one, as the store has it now.
    func proof() async throws -> LinkProof {
        let link = try #require(try await links().first)
        return try #require(try await engine.digests(of: link.id))
    }

    /// What was kept of the last pass.
    func kept(_ link: LinkID? = nil) async throws -> LinkDigests.Row? {
        let first = try await links().first?.id
        guard let id = link ?? first else { return nil }
        return try await store.database.read { try LinkDigests.find(id, in: $0) }
    }

    /// Whether anything has been marked for a link, or for the first one, since its digests were made.
    func rest(_ link: LinkID? = nil) async throws -> LinkRest {
        let links = try await links()
        let found = try #require(link == nil ? links.first : links.first { $0.id == link })
        return try await store.database.read { try LinkRest.read(of: found, in: $0) }
    }

    /// The rows that were named, each with its reason's code.
    func named(_ link: LinkID? = nil) async throws -> [String] {
        let first = try await links().first?.id
        guard let id = link ?? first else { return [] }
        return try await store.database.read {
            try LinkDigests.differences(of: id, in: $0).map { "\($0.address) \($0.code)" }
        }
    }
}
