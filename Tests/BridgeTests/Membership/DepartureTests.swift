import Bridge
import Reconciliation
import Simulation
import Store
import Testing

/// Who leaves a single list at a provider where people can.
@Suite struct DepartureTests {
    private let email = "p1@example.org"
    private let record = RecordID(.person, 1)

    private func takenOff() async throws -> (Rig, ContactID) {
        let rig = try await Rig()
        rig.add(1, email)
        try await rig.start()
        rig.clock.advance(seconds: 3_600)
        rig.cc.personLeaves(email, list: rig.cc.list(named: "Spring"))
        return (rig, try #require(rig.cc.contact(email)?.id))
    }

    @Test func whoLeavesAListIsBelieved() async throws {
        let (rig, _) = try await takenOff()
        try await rig.verify()
        #expect(rig.status(record) == "Unsubscribed")
    }

    @Test func aRemovalUnderAnotherAddressOfTheContactIsNoDeparture() async throws {
        let (rig, contact) = try await takenOff()
        // A contact that changed its address and had it back: what took it off was decided on the other one.
        let now = rig.clock.now
        try await rig.store.database.write { connection in
            let removal = try Intents.insert(
                account: Rig.cc,
                kind: "remove",
                lane: Lane.removals.rawValue,
                payload: "{}",
                rows: [IntentRow(address: "other@example.org", subject: "contact \(Rig.cc) \(contact)", payload: "{}")],
                at: now,
                in: connection
            )
            let ended = now.advanced(bySeconds: 200).milliseconds
            try connection.execute("UPDATE intent SET state = 'done', ended_at = \(ended) WHERE id = \(removal)")
            try connection.execute("UPDATE intent_row SET is_open = 0, awaits_echo = 0 WHERE intent = \(removal)")
        }
        try await rig.verify()
        #expect(rig.status(record) == "Invited")
    }

    @Test func aMemberThatIsTheirsOnlyNowGetsTheStatusToo() async throws {
        let (rig, _) = try await takenOff()
        try await rig.verify()
        let other = rig.add(77, "other77@example.org")
        try await rig.calm()
        // The other record is merged into the one of who left.
        rig.crm.edit(other) { $0.isDeleted = true }
        rig.crm.edit(Rig.member(other, Rig.spring)) { $0.record = record }
        try await rig.calm()
        #expect(rig.status(other) == "Unsubscribed")
    }
}
