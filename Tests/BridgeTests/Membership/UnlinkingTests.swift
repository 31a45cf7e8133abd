import Bridge
import Reconciliation
import Simulation
import Store
import Testing

/// A link that ends leaves its list as it is, and what it left behind is known to the next one.
@Suite struct UnlinkingTests {
    private let ada = "ada@example.org"

    private func unlink(_ rig: Rig) async throws {
        let now = rig.clock.now
        try await rig.store.database.write { connection in
            let link = try #require(try Links.all(in: connection).first { $0.campaign == Rig.spring })
            _ = try Unlinking.unlink(link, at: now, in: connection)
        }
    }

    /// They were kept off it while it was Causeway's.
    @Test func whoCausewayUnsubscribedIsNotPutBackOnTheList() async throws {
        let rig = try await Rig()
        let person = rig.add(1, ada)
        rig.add(2, "bob@example.org")
        try await rig.start()
        rig.crm.edit(person) { $0.isOptedOut = true }
        try await rig.calm()
        #expect(try await rig.shadow(ada)?.ownUnsubscribe?.listsBefore.isEmpty == false)
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        try await unlink(rig)
        try await rig.verify()
        #expect(rig.cc.listNames(of: ada).isEmpty)
        #expect(rig.cc.listNames(of: "bob@example.org").contains("Spring"))
    }

    /// The import's answer was lost, and its link ended before anybody had read what it did.
    @Test func whomItsLastImportPutOnTheListLeavesItWithTheNextLink() async throws {
        let rig = try await Rig()
        rig.add(1, "bob@example.org")
        try await rig.start()
        let person = rig.add(2, ada)
        rig.faults.plan(.unknownAfter, of: "cc.submit")
        try await rig.engine.readCRM()
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        #expect(rig.cc.listNames(of: ada).contains("Spring"))
        try await unlink(rig)
        try await rig.calm()
        rig.crm.edit(Rig.member(person, Rig.spring)) { $0.isDeleted = true }
        try await rig.calm()
        let link = try await rig.link()
        try await rig.store.database.write { try Settings.set(SettingName.adopts(link), to: "yes", on: $0) }
        try await rig.verify()
        #expect(!rig.cc.listNames(of: ada).contains("Spring"))
        #expect(rig.cc.listNames(of: "bob@example.org").contains("Spring"))
    }
}
