import Reconciliation
import Simulation
import Testing

/// What a relay tells without saying when.
@Suite struct UnstampedTests {
    @Test func aSecondOptOutAfterTheFlagWasClearedSetsItAgain() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relayUnstamped("ada@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        rig.crm.edit(person) { $0.isOptedOut = false }
        try await rig.calm()
        #expect(!rig.crm.isFlagged(person), "in dispute")

        try await rig.relayUnstamped("ada@example.org")
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.events("ada@example.org").count { $0.kind == .optOut } == 2)
    }

    @Test func aBounceAfterTheMarkWasClearedMarksTheRecordAgain() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.relayUnstampedBounce("ada@example.org")
        try await rig.calm()
        #expect(rig.crm.record(person)?.isUndeliverable == true)
        rig.crm.edit(person) { $0.isUndeliverable = false }
        try await rig.calm()
        #expect(rig.crm.record(person)?.isUndeliverable == false)
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])

        try await rig.relayUnstampedBounce("ada@example.org")
        try await rig.calm()
        #expect(rig.crm.record(person)?.isUndeliverable == true)
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
    }
}
