import Bridge
import Reconciliation
import Simulation
import Store
import Testing

/// A payload that cannot be read is an error that names its intent, blocks nothing, and is nobody's excuse.
@Suite struct UnreadableIntentTests {
    private let email = "ada@example.org"

    private func results(_ rig: Rig) async throws -> [String] {
        try await rig.store.database.read { connection in
            try connection.rows("SELECT ifnull(result, '') FROM intent WHERE state = 'failed' ORDER BY id") {
                $0.text(0)
            }
        }
    }

    @Test(arguments: ["", "{}", "nonsense", #"{"change":{},"lockVersion":1}"#])
    func aCRMWriteThatCannotBeReadCountsAsSomebodyElsesAct(_ payload: String) async throws {
        let rig = try await Rig()
        let person = rig.add(1, email)
        try await rig.start()
        rig.cc.personUnsubscribes(email)
        try await rig.engine.readOptOuts(of: Rig.cc)
        rig.faults.plan(.unknownAfter, of: "crm.write")
        rig.faults.plan(.unavailable, of: "crm.records")
        _ = try? await rig.engine.pushCRM()
        try await rig.store.database.write {
            try $0.execute("UPDATE intent_row SET payload = \(payload) WHERE subject = 'person 1' AND is_open = 1")
        }
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        // Better an opt-out too many than one too few.
        #expect(try await rig.events(email).map(\.rule) == [.c1, .c4])
        let result = try #require(try await results(rig).last)
        #expect(result.contains("(crm-write, row of person 1) cannot be read"))
        #expect(result.hasPrefix("intent "))
    }

    @Test func anImportWhoseListsCannotBeReadIsDecidedAgain() async throws {
        let rig = try await Rig()
        rig.add(1, email)
        let link = try await rig.link()
        try await rig.engine.run(link, isFull: false)
        rig.faults.plan(.unknownBefore, of: "cc.submit")
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        try await rig.store.database.write {
            try $0.execute("UPDATE intent SET payload = '[' WHERE kind = 'upsert'")
        }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == [email])
        let result = try #require(try await results(rig).first)
        #expect(result.hasPrefix("intent ") && result.contains("(upsert") && result.contains(" cannot be read: "))
    }

    @Test func aKindOfANewerVersionIsNamedAndEnded() async throws {
        let rig = try await Rig()
        rig.add(1, email)
        let link = try await rig.link()
        try await rig.engine.run(link, isFull: false)
        rig.faults.plan(.unknownBefore, of: "cc.submit")
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        try await rig.store.database.write {
            try $0.execute("UPDATE intent SET kind = 'teleport' WHERE kind = 'upsert'")
        }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == [email])
    }
}
