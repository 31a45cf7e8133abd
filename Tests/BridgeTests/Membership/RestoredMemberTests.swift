import Bridge
import Reconciliation
import Simulation
import Synchronization
import Testing

/// After the CRM was restored its versions are lower than what was read before, for good.
@Suite struct RestoredMemberTests {
    @Test func aMemberThatIsOlderThanTheMirrorIsBelievedOnceReadByID() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        let member = Rig.member(person, Rig.spring)
        try await rig.start()
        let copy = try #require(rig.crm.state.withLock { $0.members[member] })
        for status in ["Unsubscribed", "Invited", "Unsubscribed", "Invited"] {
            let id = rig.crm.status(status, of: Rig.spring)
            rig.crm.edit(member) { $0.statusID = id }
        }
        try await rig.calm()
        try #require(rig.cc.addresses(on: "Spring") == ["ada@example.org"])

        rig.crm.state.withLock { $0.members[member] = copy }
        let leaving = rig.crm.status("Unsubscribed", of: Rig.spring)
        rig.crm.edit(member) { $0.statusID = leaving }
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
    }
}
