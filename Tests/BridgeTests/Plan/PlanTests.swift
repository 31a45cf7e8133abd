import Bridge
import Foundation
import Reconciliation
import Simulation
import Store
import Synchronization
import Testing

/// Plans that are put into a file and applied later.
@Suite struct PlanTests {
    @Test func aPlanIsAppliedRowByRow() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        rig.add(2, "b@example.org")
        try await rig.engine.readBothSides()
        let plan = try await rig.engine.freeze(campaign: nil)
        #expect(plan.rows.map(\.address) == ["b@example.org"])
        #expect(plan.rows[0].steps.map(\.action) == ["upsert"])
        let applied = try await rig.apply(plan)
        #expect(applied.moved.isEmpty && applied.unfinished.isEmpty && applied.parked.isEmpty)
        #expect(applied.done == ["b@example.org"])
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "b@example.org"])
    }

    @Test func onlyTheRowsOfThePlanAreDone() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        rig.add(2, "b@example.org")
        try await rig.engine.readBothSides()
        let plan = try await rig.engine.freeze(campaign: nil)
        rig.add(3, "later@example.org")
        let applied = try await rig.apply(plan)
        #expect(applied.done == ["b@example.org"])
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "b@example.org"])
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring").count == 3)
    }

    @Test func aFirstLoadIsAppliedWithTheListThatItNeeds() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        rig.add(2, "left@example.org", flagged: true)
        try await rig.link()
        try await rig.engine.readBothSides()
        let plan = try await rig.engine.freeze(campaign: Rig.spring)
        #expect(plan.rows.map(\.address) == ["ada@example.org"])
        let applied = try await rig.apply(plan)
        #expect(applied.moved.isEmpty)
        #expect(rig.cc.listNames(of: "ada@example.org") == [Rig.master, "Spring"])
    }

    @Test func anOptOutIsAppliedOnBothSides() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        rig.cc.personUnsubscribes("ada@example.org")
        try await rig.engine.readBothSides()
        let plan = try await rig.engine.freeze(campaign: nil)
        #expect(Set(plan.rows.flatMap(\.steps).map(\.action)) == ["set-flag", "set-status"])
        let applied = try await rig.apply(plan)
        #expect(applied.done == ["ada@example.org"])
        #expect(rig.crm.isFlagged(person))
        #expect(rig.status(person) == "Unsubscribed")
    }

    @Test func anOptOutThatArrivesInTheMidstWins() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        rig.add(2, "b@example.org")
        try await rig.engine.readBothSides()
        let plan = try await rig.engine.freeze(campaign: nil)
        let recorded = Mutex(false)
        rig.faults.onCall { [unowned rig] name in
            // Right before the import goes out, a relay tells of an opt-out and the inbox is worked.
            guard name == "cc.submit", !recorded.withLock({ exchange(&$0, with: true) }) else { return }
            try await rig.relay("b@example.org")
            while try await rig.engine.workInbox(decoder: rig.decoder) > 0 {}
        }
        _ = try await rig.apply(plan)
        rig.faults.onCall(nil)
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
        #expect(rig.cc.contact("b@example.org")?.permission == .unsubscribed)
    }

    // MARK: Refused, each kind of thing that moves

    enum Move: String, CaseIterable {
        case recordChanged, recordGone, otherRecordAppeared, memberChanged, memberAppeared, memberGone, optedOut
        case optOutLifted, contactRenamed, contactListed, contactDeleted, contactUnsubscribed, mappingAdded, linkAdded
        case refused, inFlight, departed
    }

    @Test(arguments: Move.allCases)
    func aPlanWhoseBaseHasMovedIsRefused(move: Move) async throws {
        let rig = try await Rig()
        let ada = rig.add(1, "ada@example.org")
        rig.add(2, "still@example.org")
        if move == .optOutLifted {
            rig.cc.add("ada@example.org")
            rig.crm.edit(ada) { $0.isOptedOut = true }
        }
        try await rig.start()
        if move == .optOutLifted {
            // What is to be done rests on an opt-out that stands: its contact is subscribed again by the owner.
            rig.cc.ownerResubscribes("ada@example.org")
        } else {
            rig.crm.edit(ada) { $0.firstName = "Augusta" }
        }
        rig.clock.advance(seconds: 7200)
        try await rig.verifyReadings()
        let plan = try await rig.engine.freeze(campaign: nil)
        try #require(plan.rows.contains { $0.address == "ada@example.org" }, "\(plan.rows)")
        try await happen(move, ada, rig)
        let held = rig.cc.contact("ada@example.org")
        let applied = try await rig.apply(plan)
        #expect(applied.moved.map(\.address) == ["ada@example.org"], "\(move): \(applied)")
        let what = applied.moved.first?.what.joined(separator: "; ") ?? ""
        #expect(what.contains(Self.word(move)), "\(move): \(what)")
        #expect(applied.done.isEmpty)
        #expect(rig.cc.contact("ada@example.org") == held, "nothing is done")
    }

    private func happen(_ move: Move, _ ada: RecordID, _ rig: Rig) async throws {
        let spring = rig.cc.list(named: "Spring")
        let now = rig.clock.now
        switch move {
        case .recordChanged: rig.crm.edit(ada) { $0.lastName = "King" }
        case .recordGone: rig.crm.edit(ada) { $0.isDeleted = true }
        case .otherRecordAppeared: rig.add(.lead, 7, "ada@example.org", in: [])
        case .memberChanged:
            rig.crm.edit(Rig.member(ada, Rig.spring)) { $0.statusID = rig.crm.status("Unsubscribed", of: Rig.spring) }
        case .memberAppeared: rig.join(ada, Rig.spring, again: 1)
        case .memberGone: rig.crm.edit(Rig.member(ada, Rig.spring)) { $0.isDeleted = true }
        case .optedOut: rig.cc.personUnsubscribes("ada@example.org")
        case .optOutLifted: rig.crm.edit(ada) { $0.isOptedOut = false }
        case .contactRenamed:
            rig.cc.edit("ada@example.org") { $0.lastName = "Lovelace" }
            try await rig.readContact("ada@example.org")
        case .contactListed:
            rig.cc.edit("ada@example.org") { $0.lists.insert(ListID("elsewhere")) }
            try await rig.readContact("ada@example.org")
        case .contactDeleted:
            rig.cc.edit("ada@example.org") { $0.isDeleted = true }
            try await rig.readContact("ada@example.org")
        case .contactUnsubscribed:
            rig.cc.personUnsubscribes("ada@example.org", by: .account)
        case .mappingAdded:
            try await rig.store.database.write {
                _ = try Mappings.insert(
                    FieldMapping(attribute: "town", field: "town"),
                    fieldID: "f1",
                    account: Rig.cc,
                    in: $0
                )
            }
        case .linkAdded: try await rig.link(Rig.autumn)
        case .refused:
            try await rig.store.database.write {
                try Parked.refuse(Address(compared: "ada@example.org"), account: Rig.cc, text: "no", at: now, in: $0)
            }
        case .inFlight:
            try await rig.store.database.write {
                _ = try Intents.insert(
                    account: Rig.cc,
                    kind: "upsert",
                    lane: 4,
                    payload: #"{"lists":[],"unnamedRefusals":0,"readings":0,"isUnknown":false}"#,
                    rows: [IntentRow(address: "ada@example.org", subject: "person 1", payload: "{}")],
                    at: now,
                    in: $0
                )
            }
        case .departed:
            try await rig.store.database.write {
                try Departures.insert(
                    account: Rig.cc,
                    list: spring,
                    address: Address(compared: "ada@example.org"),
                    at: now,
                    in: $0
                )
            }
        }
    }

    /// A word of the sentence that says what moved.
    private static func word(_ move: Move) -> String {
        switch move {
        case .recordChanged, .recordGone: "person 1"
        case .otherRecordAppeared: "lead 7"
        case .memberChanged, .memberAppeared, .memberGone: "member"
        case .optedOut, .optOutLifted, .contactUnsubscribed: "ledger"
        case .contactRenamed, .contactListed, .contactDeleted, .refused, .departed: "contact at constant-contact"
        case .mappingAdded, .linkAdded: "links and mappings"
        case .inFlight: "a write is under way"
        }
    }

    // MARK: The file

    @Test func aPlanIsReadBackFromItsText() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.link()
        try await rig.engine.readBothSides()
        let plan = try await rig.engine.freeze(campaign: Rig.spring)
        #expect(try FrozenPlan(Data(plan.text().utf8), sealer: rig.store.sealer) == plan)
    }

    @Test func anEditedPlanIsRefused() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.link()
        try await rig.engine.readBothSides()
        let text = try await rig.engine.freeze(campaign: Rig.spring).text()
        let edits = [
            ("ada@example.org", "eve@example.org"), ("upsert", "remove"), (#""campaign" : 1"#, #""campaign" : 2"#),
            ("lock version 0", "lock version 2"), ("Spring", "Autumn"),
        ]
        for (old, new) in edits {
            let edited = text.replacingOccurrences(of: old, with: new)
            try #require(edited != text, "\(old) is not in the plan")
            #expect(throws: FrozenPlan.Unusable.self) {
                try FrozenPlan(Data(edited.utf8), sealer: rig.store.sealer)
            }
        }
        // Another installation's plan is none of ours.
        let stranger = try await Rig()
        #expect(throws: FrozenPlan.Unusable.self) { try FrozenPlan(Data(text.utf8), sealer: stranger.store.sealer) }
        for junk in ["", "{}", "[1]", #"{"format":"causeway plan","version":99}"#, String(text.dropLast(40))] {
            #expect(throws: FrozenPlan.Unusable.self) { try FrozenPlan(Data(junk.utf8), sealer: rig.store.sealer) }
        }
    }
}

private func exchange(_ value: inout Bool, with new: Bool) -> Bool {
    defer { value = new }
    return value
}

extension Rig {
    /// Reads both sides as `causeway apply` does, and applies.
    func apply(_ plan: FrozenPlan) async throws -> AppliedPlan {
        try await engine.readBothSides()
        return try await engine.apply(plan, isAlone: true)
    }

    /// Reads what a full round would, and pushes nothing.
    func verifyReadings() async throws {
        try await engine.readBothSides()
        try await engine.readUnsubscribed(of: Rig.cc, isDue: true)
    }

    /// The shadow follows a contact, as after any reading of it.
    func readContact(_ email: String) async throws {
        let contact = try #require(cc.contact(email))
        let now = clock.now
        try await store.database.write { connection in
            var shadow = try #require(try Contacts.load([contact.id], account: Rig.cc, in: connection)[contact.id])
            shadow.contact = contact
            try Contacts.save(shadow, account: Rig.cc, at: now, in: connection)
        }
    }
}
