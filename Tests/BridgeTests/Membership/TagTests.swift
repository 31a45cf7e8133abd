import Bridge
import Reconciliation
import Simulation
import Store
import Testing

/// Memberships at a provider where nobody can leave a single list.
@Suite struct TagTests {
    private func email(_ id: Int64) -> String { "p\(id)@example.org" }

    private func rig(people: Int64) async throws -> Rig {
        let rig = try await Rig(shape: .namesNobody) { $0.breaker = Breaker(rows: 2, percent: 5) }
        for id in 1...people { rig.add(id, email(id)) }
        try await rig.start()
        #expect(rig.cc.addresses(on: "Spring").count == Int(people))
        return rig
    }

    private func takeOff(_ rig: Rig, _ ids: ClosedRange<Int64>) {
        let list = rig.cc.list(named: "Spring")
        for id in ids { rig.cc.personLeaves(email(id), list: list) }
    }

    @Test func aMembershipThatIsMissingIsPutBackAndChangesNoStatus() async throws {
        let rig = try await rig(people: 3)
        takeOff(rig, 1...1)
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring").count == 3)
        #expect(rig.status(RecordID(.person, 1)) == "Invited")
        #expect(try await rig.openHolds().isEmpty)
        let departures = try await rig.store.database.read {
            try Departures.of([Address(compared: email(1))], account: Rig.cc, in: $0)
        }
        #expect(departures.isEmpty)
    }

    @Test func oneThatIsEmptiedByHandIsHeldAndFilledOnceReleased() async throws {
        let rig = try await rig(people: 10)
        takeOff(rig, 1...6)
        try await rig.verify()
        let hold = try #require(try await rig.openHolds().first)
        #expect(hold.kind == .departures)
        #expect(rig.cc.addresses(on: "Spring").count < 10)
        for id in 1...10 { #expect(rig.status(RecordID(.person, Int64(id))) == "Invited") }
        try await rig.engine.approve(hold: hold.id, choice: .release, reason: nil)
        try await rig.verify()
        #expect(rig.cc.addresses(on: "Spring").count == 10)
        for id in 1...10 { #expect(rig.status(RecordID(.person, Int64(id))) == "Invited") }
        #expect(try await rig.openHolds().isEmpty)
    }
}
