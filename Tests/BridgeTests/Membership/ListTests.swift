import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

@Suite struct ListTests {
    @Test func aRemovedMemberLeavesThatListOnlyAndTheMasterListWithTheLastLink() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org", in: [Rig.spring, Rig.autumn])
        try await rig.start([Rig.spring, Rig.autumn])
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Autumn", "Spring"])
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Autumn"])
        rig.crm.edit(Rig.member(person, Rig.autumn)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
        #expect(rig.cc.contact("ada@example.org")?.permission == .implicit)
        #expect(!rig.crm.isFlagged(person))
    }

    @Test func aLeavingStatusLeavesThatListOnlyAndOptsNobodyOut() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org", in: [Rig.spring, Rig.autumn])
        try await rig.start([Rig.spring, Rig.autumn])
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.statusID = rig.crm.status("Unsubscribed", of: Rig.spring) }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Autumn"])
        #expect(!rig.crm.isFlagged(person))
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.statusID = rig.crm.status("Invited", of: Rig.spring) }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Autumn", "Spring"])
    }

    @Test func aMemberThatIsGoneWithoutAWordIsFoundByTheScan() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        try await rig.start()
        rig.crm.state.withLock { _ = $0.members.removeValue(forKey: Rig.member(person, Rig.spring)) }
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring") == ["b@example.org"])
    }

    @Test func strangersStayOnTheList() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.add("stranger@example.org", lists: [rig.cc.list(named: "Spring")])
        let known = rig.add(2, "known@example.org", in: [])
        rig.cc.add("known@example.org", lists: [rig.cc.list(named: "Spring")])
        try await rig.verify()
        rig.join(known, Rig.spring)
        try await rig.calm()
        rig.crm.edit(Rig.member(known, Rig.spring)) { $0.isDeleted = true }
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["known@example.org", "stranger@example.org"])
    }

    @Test func whoLeavesOneListGetsTheLeavingStatusOnceAndIsNotPutBack() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org", in: [Rig.spring, Rig.autumn])
        rig.add(2, "b@example.org", in: [Rig.spring, Rig.autumn])
        try await rig.start([Rig.spring, Rig.autumn])
        rig.clock.advance(seconds: 3600)
        let autumn = rig.cc.list(named: "Autumn")
        rig.cc.edit("ada@example.org") { $0.lists.remove(autumn) }
        // The walk of the other list sees it first.
        try await rig.verify()
        #expect(rig.status(person, in: Rig.autumn) == "Unsubscribed")
        #expect(rig.status(person, in: Rig.spring) == "Invited")
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
        #expect(!rig.crm.isFlagged(person))
        try await rig.verify()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])

        // Somebody changes the status: the person is put back.
        rig.crm.edit(Rig.member(person, Rig.autumn)) { $0.statusID = rig.crm.status("Invited", of: Rig.autumn) }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Autumn", "Spring"])
    }

    @Test func whoLeftAndIsAddedAnewIsPutBack() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        rig.add(2, "b@example.org")
        try await rig.start()
        rig.clock.advance(seconds: 3600)
        let spring = rig.cc.list(named: "Spring")
        rig.cc.edit("ada@example.org") { $0.lists.remove(spring) }
        try await rig.verify()
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        rig.join(person, Rig.spring, again: 1)
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
    }

    @Test func aSharedAddressIsOneContactWithThePersonsNames() async throws {
        let rig = try await Rig()
        let lead = rig.add(.lead, 1, "ada@example.org", first: "Lead", last: "L")
        let person = rig.add(.person, 8, "ADA@example.org", first: "Person", last: "P")
        try await rig.start()
        #expect(rig.cc.state.withLock { $0.contacts.count } == 1)
        #expect(rig.cc.contact("ada@example.org")?.firstName == "Person")
        // As long as one of them belongs there, the address stays.
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring").count == 1)
        // Opted out when any record with it is.
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        #expect(rig.crm.isFlagged(lead))
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
    }

    @Test func aChangedAddressTakesItsPlace() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "old@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["new@example.org"])
        #expect(rig.cc.addresses(on: Rig.master) == ["new@example.org"])
    }

    @Test func aNameFixIsOneImport() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org", in: [Rig.spring, Rig.autumn])
        try await rig.start([Rig.spring, Rig.autumn])
        rig.faults.forgetCalls()
        rig.crm.edit(person) { $0.lastName = "Lovelace" }
        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org")?.lastName == "Lovelace")
        #expect(rig.writes == 1)
    }

    @Test func longAddressesGoByASingleCallOrAreParked() async throws {
        let rig = try await Rig()
        let long = String(repeating: "x", count: 48) + "@example.org"
        let tooLong = String(repeating: "y", count: 60) + "@an-example-of-length.org"
        rig.add(1, long)
        rig.add(2, tooLong)
        rig.add(3, "bad@nodot")
        try await rig.start()
        #expect(rig.cc.addresses(on: "Spring") == [long])
        #expect(rig.faults.count("cc.upsert") == 1)
        #expect(rig.faults.count("cc.submit") == 0)
        #expect(try await rig.parked(tooLong) == ["address-too-long"])
        #expect(try await rig.parked("bad@nodot") == ["bad-address"])
        #expect(rig.cc.state.withLock { $0.violations.isEmpty })
    }

    @Test func aRowThatTheProviderRefusesIsParkedAndBlocksNobody() async throws {
        let rig = try await Rig()
        let bad = rig.add(1, "bad@example.org")
        rig.add(2, "good@example.org")
        rig.cc.state.withLock { _ = $0.refused.insert(Address(compared: "bad@example.org")) }
        try await rig.start()
        #expect(rig.cc.addresses(on: "Spring") == ["good@example.org"])
        #expect(try await rig.parked("bad@example.org") == ["refused"])
        rig.crm.edit(bad) { $0.mainEmail = "better@example.org" }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["better@example.org", "good@example.org"])
    }

    @Test func unlinkingLeavesTheListAndConsent() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org", in: [Rig.spring, Rig.autumn])
        rig.add(2, "out@example.org")
        try await rig.start([Rig.spring, Rig.autumn])
        rig.cc.personUnsubscribes("out@example.org")
        try await rig.calm()
        try await rig.store.database.write { connection in
            let link = try Links.all(in: connection).first { $0.campaign == Rig.spring }
            if let link { try Links.delete(link.id, in: connection) }
        }
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Autumn", "Spring"])
        #expect(try await rig.isOptedOut("out@example.org"))
    }

    @Test func aListOfThatNameThatIsNotOursIsNotTakenOver() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        _ = try await rig.cc.createList(named: "Spring", description: "theirs")
        let link = try await rig.link()
        await #expect(throws: LinkProblem.self) { try await rig.engine.run(link, isFull: false) }
        await #expect(throws: LinkProblem.self) { try await rig.engine.run(link, isFull: false) }
    }

    @Test func aListThatAnUnansweredCallMadeIsOurs() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        let link = try await rig.link()
        rig.faults.plan(.unknownAfter, of: "createList", after: 1)
        await #expect(throws: PortError.self) { try await rig.engine.run(link, isFull: false) }
        try await rig.engine.run(link, isFull: false)
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
        #expect(rig.cc.state.withLock { $0.lists.count } == 2)
    }

    @Test func aMemberRemovedWhileTheImportIsUnderWayIsTakenOffAgain() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        rig.cc.state.withLock {
            $0.looks = 3; $0.worksAtOnce = false
        }
        let link = try await rig.link()
        try await rig.engine.run(link, isFull: false)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.engine.readCRM()
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        try await rig.calm()
        #expect(rig.cc.listNames(of: "ada@example.org").isEmpty)
    }
}

@Suite struct MasterListTests {
    @Test func whoLeavesTheMasterListHasLeftNoCampaignAndIsPutBack() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.clock.advance(seconds: 3600)
        let master = rig.cc.list(named: Rig.master)
        rig.cc.edit("ada@example.org") { $0.lists.remove(master) }
        try await rig.verify()
        #expect(rig.status(person) == "Invited")
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
        #expect(!rig.crm.isFlagged(person))
    }
}
