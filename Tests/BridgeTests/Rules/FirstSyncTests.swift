import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

@Suite struct FirstSyncTests {
    @Test func putsExactlyTheRightPeopleOnTheListWithTheirNames() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.add(.lead, 1, "Charles@Example.org ", first: "Charles", last: "Babbage")
        rig.add(2, "out@example.org", flagged: true)
        rig.add(3, "not-an-address")
        rig.add(4, "")
        rig.add(5, "elsewhere@example.org", in: [Rig.autumn])
        let left = rig.add(6, "left@example.org")
        rig.crm.edit(Rig.member(left, Rig.spring)) { $0.statusID = rig.crm.status("Unsubscribed", of: Rig.spring) }
        try await rig.start()

        #expect(rig.cc.addresses(on: "Spring") == ["Charles@Example.org", "ada@example.org"])
        #expect(rig.cc.addresses(on: Rig.master) == ["Charles@Example.org", "ada@example.org"])
        #expect(rig.cc.contact("ada@example.org")?.lastName == "Byron")
        #expect(rig.cc.contact("charles@example.org")?.firstName == "Charles")
        #expect(rig.cc.contact("out@example.org") == nil)
        #expect(try await rig.parked("not-an-address") == ["bad-address"])
    }

    @Test func theSecondSyncWritesNothing() async throws {
        let rig = try await Rig()
        for id in 1...12 { rig.add(Int64(id), "p\(id)@example.org", first: "P\(id)") }
        rig.add(20, "out@example.org", flagged: true)
        rig.cc.add("out@example.org")
        try await rig.start()
        rig.faults.forgetCalls()
        try await rig.engine.syncRound(campaign: nil, isFull: false)
        #expect(rig.writes == 0)
        try await rig.verify()
        #expect(rig.writes == 0)
    }

    @Test func oneImportCarriesTheNamesAndBothLists() async throws {
        let rig = try await Rig()
        for id in 1...9 { rig.add(Int64(id), "p\(id)@example.org") }
        try await rig.start()
        #expect(rig.faults.count("cc.submit") == 1)
    }

    @Test func nobodyIsAddedBeforeEveryAccountWasReadThrough() async throws {
        let rig = try await Rig(other: true)
        rig.add(1, "ada@example.org")
        rig.other.add("ada@example.org")
        rig.other.personUnsubscribes("ada@example.org")
        let link = try await rig.link()
        try await rig.engine.readCRM()
        try await rig.engine.readBaseline(of: Rig.cc)
        try await rig.engine.run(link, isFull: false)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        #expect(rig.faults.count("cc.submit") == 0)

        try await rig.calm()
        #expect(rig.cc.contact("ada@example.org") == nil)
        #expect(rig.crm.isFlagged(RecordID(.person, 1)))
    }

    @Test func nothingIsWrittenBeforeTheFirstLink() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.cc.add("ada@example.org")
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.relay("ada@example.org")
        while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        try await rig.engine.syncRound(campaign: nil, isFull: false)
        #expect(rig.writes == 0)
        #expect(try await rig.isOptedOut("ada@example.org"))
    }

    @Test func aPreviewCountsAndWritesNothing() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.add(2, "out@example.org", flagged: true)
        rig.cc.add("out@example.org")
        rig.add(3, "gone@example.org")
        rig.cc.add("gone@example.org")
        rig.cc.personUnsubscribes("gone@example.org")
        let preview = try await rig.engine.preview(campaign: Rig.spring, to: Rig.cc)
        #expect(preview.members == 3)
        #expect(preview.adds == 1)
        #expect(preview.unsubscribes == 1)
        #expect(preview.flags == 1)
        #expect(rig.writes == 0)
    }
}
