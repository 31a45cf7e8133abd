import Bridge
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// The fields that say which record a contact stands for follow the record (design §3, *A shared address*).
@Suite struct RecordFieldTests {
    private static let address = "ada@example.org"

    private func told(_ rig: Rig) -> [String?] {
        let fields = rig.cc.contact(Self.address)?.fields
        return [fields?["WBTYPE"], fields?["WBID"]]
    }

    /// Whether a whole round writes nothing.
    private func isAtRest(_ rig: Rig) async throws -> Bool {
        rig.faults.forgetCalls()
        try await rig.verify()
        return rig.writes == 0
    }

    @Test func sayWhoTheContactIsFromTheStart() async throws {
        let rig = try await Rig(shape: .namesNobody)
        rig.add(.lead, 5, Self.address)
        try await rig.start()
        #expect(told(rig) == ["Lead", "5"])
        #expect(try await isAtRest(rig))
    }

    @Test func followALeadThatBecameAPerson() async throws {
        let rig = try await Rig(shape: .namesNobody)
        let lead = rig.add(.lead, 5, Self.address)
        try await rig.start()
        rig.crm.edit(Rig.member(lead, Rig.spring)) { $0.isDeleted = true }
        rig.faults.forgetCalls()
        rig.add(.person, 7, Self.address)
        try await rig.calm()
        #expect(told(rig) == ["Person", "7"])
        #expect(rig.writes == 1)
        #expect(try await isAtRest(rig))
    }

    @Test func followTheLowerID() async throws {
        let rig = try await Rig(shape: .namesNobody)
        rig.add(7, Self.address)
        try await rig.start()
        rig.faults.forgetCalls()
        rig.add(9, Self.address)
        try await rig.calm()
        #expect(told(rig) == ["Person", "7"])
        #expect(rig.writes == 0)
        rig.add(3, Self.address)
        try await rig.calm()
        #expect(told(rig) == ["Person", "3"])
        #expect(rig.writes == 1)
        #expect(try await isAtRest(rig))
    }

    @Test func areCorrectedOnAContactThatSomebodyElseMade() async throws {
        let rig = try await Rig(shape: .namesNobody)
        rig.cc.add(Self.address)
        rig.cc.edit(Self.address) {
            $0.firstName = "Ada"
            $0.lastName = "Byron"
            $0.fields = ["WBTYPE": "", "WBID": "4711"]
        }
        rig.add(7, Self.address)
        try await rig.start()
        #expect(told(rig) == ["Person", "7"])
        #expect(try await isAtRest(rig))
    }

    @Test func areNoDifferenceWhereTheAccountHasNoSuchFields() async throws {
        let rig = try await Rig(shape: .namesNobody)
        rig.add(7, Self.address)
        try await rig.start()
        rig.cc.edit(Self.address) { $0.fields = [:] }
        try await rig.verify()
        #expect(try await isAtRest(rig))
        #expect(told(rig) == [nil, nil])
    }

    @Test(arguments: [Fault.unknownAfter, .unknownBefore])
    func areCorrectedThoughTheAnswerWasLost(_ fault: Fault) async throws {
        let rig = try await Rig(shape: .namesNobody)
        rig.add(7, Self.address)
        try await rig.start()
        rig.faults.plan(fault, of: "cc.submit")
        rig.add(3, Self.address)
        try await rig.calm()
        #expect(told(rig) == ["Person", "3"])
        #expect(try await isAtRest(rig))
    }
}
