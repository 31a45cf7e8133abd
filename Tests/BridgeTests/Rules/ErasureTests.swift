import Bridge
import Foundation
import Reconciliation
import Simulation
import Store
import Testing

@Suite struct ErasureTests {
    private let ada = Address(compared: "ada@example.org")

    /// Whether the files of the store have the address, in whatever spelling.
    private func isInTheFiles(_ rig: Rig) async throws -> Bool {
        try await rig.restart()
        let directory = rig.directory.path
        return try FileManager.default.contentsOfDirectory(atPath: directory).contains { name in
            let content = FileManager.default.contents(atPath: "\(directory)/\(name)") ?? Data()
            return String(decoding: content, as: UTF8.self).lowercased().contains(ada.text)
        }
    }

    private func erase(_ rig: Rig) async throws -> Erasure.Outcome {
        try await rig.store.erase(ada, at: rig.clock.now).outcome
    }

    private func ledgerProblem(_ rig: Rig) async throws -> LedgerVerification.Problem? {
        let keys = rig.store.sealer.ledgerKeys
        return try await rig.store.database.read { try LedgerVerification.run(keys: keys, in: $0).problem }
    }

    @Test func theOptOutIsCarriedOutWithoutTheAddress() async throws {
        let rig = try await Rig(other: true)
        let person = rig.add(1, "Ada@example.org")
        let other = rig.add(2, "bob@example.org")
        try await rig.start()
        try #require(rig.other.addresses(on: "Spring").contains("Ada@example.org"))

        let outcome = try await erase(rig)
        #expect(outcome.records == [person])
        #expect(outcome.contacts.map(\.account) == [Rig.cc, Rig.other])
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(!rig.crm.isFlagged(other))
        for provider in [rig.cc, rig.other] {
            #expect(provider.listNames(of: ada.text).isEmpty)
            #expect(provider.contact(ada.text)?.permission == .unsubscribed)
        }
        try await rig.verify()
        #expect(try await isInTheFiles(rig) == false)
        #expect(try await ledgerProblem(rig) == nil)
        #expect(rig.cc.addresses(on: "Spring") == ["bob@example.org"])
    }

    @Test func itReachesWhatRecordsAndContactsHaveInTheAddresssPlace() async throws {
        let rig = try await Rig()
        let person = rig.add(1, ada.text)
        rig.add(2, "ada@example.com")
        try await rig.start()
        rig.cc.edit("ada@example.com") { $0.email = "moved@example.com" }
        try await rig.verify()
        rig.crm.edit(person) { $0.mainEmail = "new@example.org" }
        try await rig.calm()
        try #require(rig.cc.addresses(on: "Spring").contains("new@example.org"))

        _ = try await erase(rig)
        _ = try await rig.store.erase(Address(compared: "ada@example.com"), at: rig.clock.now)
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.isOptedOut("new@example.org"))
        #expect(try await rig.isOptedOut("moved@example.com"))
        #expect(try await ledgerProblem(rig) == nil)
    }

    @Test func aNewRecordWithTheAddressIsOptedOut() async throws {
        let rig = try await Rig()
        rig.add(2, "bob@example.org")
        try await rig.start()
        _ = try await erase(rig)
        let lead = rig.add(.lead, 9, "ADA@example.org", first: "Ada-Again")
        let shared = rig.add(3, "carol@example.org", others: ["ada@example.org"])
        try await rig.calm()
        #expect(rig.crm.isFlagged(lead))
        #expect(rig.crm.isFlagged(shared))
        #expect(rig.cc.contact(ada.text) == nil)
        #expect(rig.cc.addresses(on: "Spring") == ["bob@example.org"])
        #expect(try await isInTheFiles(rig) == false)
        #expect(try await ledgerProblem(rig) == nil)
    }

    @Test func aContactThatIsImportedAgainIsOptedOut() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        _ = try await erase(rig)
        try await rig.calm()
        rig.cc.ownerResubscribes(ada.text)
        rig.clock.advance(seconds: 4_000)
        try await rig.verify()
        #expect(rig.cc.contact(ada.text)?.permission == .unsubscribed)
        #expect(rig.cc.listNames(of: ada.text).isEmpty)
        #expect(try await isInTheFiles(rig) == false)
    }

    @Test func aDeliveryAboutItIsDecidedAndNotKept() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        _ = try await erase(rig)
        try await rig.calm()
        try await rig.relay(ada.text)
        try await rig.calm()
        #expect(try await rig.events(ada.text).isEmpty)
        #expect(try await rig.store.database.read { try $0.value("SELECT count(*) FROM inbox") } == 0)
        #expect(try await isInTheFiles(rig) == false)
        #expect(try await ledgerProblem(rig) == nil)
    }

    @Test func whoHasItIsAskedForBeforeItGoes() async throws {
        let rig = try await Rig()
        rig.add(2, "bob@example.org")
        try await rig.start()
        // Nobody knows of these: they are on no link and older than the first reading.
        let unknown = rig.add(.lead, 9, "ada@example.org", in: [])
        _ = rig.cc.add("ada@example.org")
        #expect(try await rig.engine.readHolders(of: ada).isEmpty)
        let outcome = try await erase(rig)
        #expect(outcome.records == [unknown])
        #expect(outcome.contacts.count == 1)
        try await rig.calm()
        #expect(rig.crm.isFlagged(unknown))
        #expect(rig.cc.contact(ada.text)?.permission == .unsubscribed)
    }
}
