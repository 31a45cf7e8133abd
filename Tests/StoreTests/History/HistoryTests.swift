import Reconciliation
import Testing

@testable import Store

/// What each kind of thing was, at moments past.
struct HistoryTests {
    private let account = AccountID("cc")
    private let ada = Address(compared: "ada@example.org")
    private let person = RecordID(.person, 1)

    private func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: seconds) }

    private func count(_ table: String, in store: TemporaryStore) async throws -> Int64? {
        try await store.read { try $0.value("SELECT count(*) FROM \(raw: table)") }
    }

    private func mirror(_ name: String, flag: Bool = false, email: String = "Ada@example.org") -> RecordMirror {
        RecordMirror(
            record: CRMRecord(
                id: person,
                lockVersion: 1,
                updatedAt: at(1),
                firstName: name,
                mainEmail: email,
                isOptedOut: flag
            )
        )
    }

    @Test func aRecordIsToldAsItWas() async throws {
        let store = try await TemporaryStore()
        let (ada, person) = (ada, person)
        let states = [
            (10, mirror("Ada")), (20, mirror("Augusta")), (30, mirror("Augusta", flag: true)),
            (40, mirror("Augusta", flag: true, email: "countess@example.org")), (50, mirror("Augusta")),
        ]
        for (seconds, mirror) in states {
            try await store.write { try RecordMirrors.save(mirror, at: Timestamp(seconds: Int64(seconds)), in: $0) }
        }
        for (seconds, expected) in [(9, nil), (10, 0), (19, 0), (20, 1), (30, 2), (39, 2), (50, 4), (99, 4)] {
            let found = try await store.read { connection in
                try RecordHistory.having(ada, at: Timestamp(seconds: Int64(seconds)), in: connection)
            }
            #expect(found.map(\.past.value.record) == (expected.map { [states[$0].1.record] } ?? []), "at \(seconds)")
            #expect(found.allSatisfy { $0.isMain && !$0.past.isFromBefore })
        }
        // While it had another address, it was not found by this one.
        #expect(try await store.read { try RecordHistory.having(ada, at: .init(seconds: 45), in: $0) }.isEmpty)
        let countess = Address(compared: "countess@example.org")
        let found = try await store.read { try RecordHistory.having(countess, at: .init(seconds: 45), in: $0) }
        #expect(found.map(\.past.value.record.id) == [person])
    }

    @Test func whatDoesNotChangeOrIsNotToldWritesNothing() async throws {
        let store = try await TemporaryStore()
        var later = mirror("Ada")
        later.record.lockVersion = 2
        later.record.updatedAt = at(20)
        later.record.fields = ["town": "London"]
        let states = [mirror("Ada"), mirror("Ada"), later]
        for (index, state) in states.enumerated() {
            try await store.write { try RecordMirrors.save(state, at: .init(seconds: Int64(10 + index)), in: $0) }
        }
        #expect(try await count("record_history", in: store) == 0)
    }

    @Test func whatLastsNoTimeIsNotKept() async throws {
        let store = try await TemporaryStore()
        let ada = ada
        for (seconds, state) in [(10, mirror("A")), (10, mirror("B")), (20, mirror("C")), (20, mirror("D"))] {
            try await store.write { try RecordMirrors.save(state, at: .init(seconds: Int64(seconds)), in: $0) }
        }
        #expect(try await count("record_history", in: store) == 1)
        for (seconds, name) in [(10, "B"), (19, "B"), (20, "D")] {
            let found = try await store.read { connection in
                try RecordHistory.having(ada, at: .init(seconds: Int64(seconds)), in: connection)
            }
            #expect(found.first?.past.value.record.firstName == name)
        }
    }

    @Test func theFlagAndTheMarkThatCausewayWroteAreToldAsTheyWere() async throws {
        let store = try await TemporaryStore()
        let (ada, person, first) = (ada, person, mirror("Ada"))
        try await store.write { connection in
            try RecordMirrors.save(first, at: .init(seconds: 10), in: connection)
            try RecordMirrors.flagWritten(
                person,
                isOptedOut: true,
                isOurs: true,
                lockVersion: 2,
                updatedAt: nil,
                at: .init(seconds: 20),
                in: connection
            )
            try RecordMirrors.markWritten(
                person,
                isUndeliverable: true,
                isOurs: true,
                lockVersion: 3,
                updatedAt: nil,
                at: .init(seconds: 30),
                in: connection
            )
            // An answer that is older than what was read changes nothing, and keeps nothing.
            try RecordMirrors.flagWritten(
                person,
                isOptedOut: false,
                isOurs: false,
                lockVersion: 1,
                updatedAt: nil,
                at: .init(seconds: 40),
                in: connection
            )
        }
        for (seconds, flag, mark) in [(15, false, false), (25, true, false), (35, true, true)] {
            let found = try await store.read { connection in
                try RecordHistory.having(ada, at: .init(seconds: Int64(seconds)), in: connection)
            }
            #expect(found.first?.past.value.record.isOptedOut == flag)
            #expect(found.first?.past.value.flagIsOurs == flag)
            #expect(found.first?.past.value.record.isUndeliverable == mark)
        }
        #expect(try await count("record_history", in: store) == 2)
    }

    @Test func aMembershipIsToldAsItWas() async throws {
        let store = try await TemporaryStore()
        let (person, first) = (person, mirror("Ada"))
        func member(_ status: Int64, isDeleted: Bool = false) -> MemberMirrors.Row {
            MemberMirrors.Row(
                member: CampaignMember(
                    id: MemberID(7),
                    campaign: CampaignID(3),
                    record: person,
                    statusID: status,
                    lockVersion: 1,
                    updatedAt: at(1),
                    isDeleted: isDeleted
                )
            )
        }
        let states = [(10, member(1)), (20, member(1)), (30, member(2)), (40, member(2, isDeleted: true))]
        try await store.write { connection in
            try RecordMirrors.save(first, at: .init(seconds: 10), in: connection)
            for (seconds, row) in states {
                try MemberMirrors.save(row, at: .init(seconds: Int64(seconds)), in: connection)
            }
        }
        for (seconds, status) in [(5, nil), (10, 1), (29, 1), (30, 2), (39, 2), (40, nil)] as [(Int64, Int64?)] {
            let found = try await store.read { connection in
                try MemberHistory.ofRecords([person], at: .init(seconds: seconds), in: connection)
            }
            #expect(found.map(\.value.statusID) == (status.map { [$0] } ?? []), "at \(seconds)")
        }
        #expect(try await count("member_history", in: store) == 2)
    }

    @Test func aContactIsToldWithItsPermissionAndItsLists() async throws {
        let store = try await TemporaryStore()
        let (ada, account) = (ada, account)
        func contact(_ permission: Permission, _ lists: [String]) -> ContactShadow {
            var contact = ProviderContact(id: ContactID("c1"), email: "Ada@example.org", permission: permission)
            contact.lists = Set(lists.map { ListID($0) })
            contact.listsWereRead = true
            return ContactShadow(contact: contact)
        }
        let states: [(Int64, ContactShadow)] = [
            (10, contact(.implicit, ["a"])), (20, contact(.implicit, ["a", "b"])), (30, contact(.unsubscribed, [])),
            (40, contact(.implicit, ["b"])),
        ]
        try await store.write { connection in
            for (seconds, shadow) in states {
                try Contacts.save(shadow, account: account, at: .init(seconds: seconds), in: connection)
            }
            try Contacts.markOurs(
                ContactID("c1"),
                lists: [ListID("b")],
                account: account,
                at: .init(seconds: 50),
                in: connection
            )
        }
        func told(at seconds: Int64) async throws -> ContactHistory.Row? {
            try await store.read {
                try ContactHistory.having(ada, account: account, at: .init(seconds: seconds), in: $0)?.value
            }
        }
        #expect(try await told(at: 9) == nil)
        for (index, (seconds, shadow)) in states.enumerated() {
            for moment in [seconds, seconds + 9] {
                let row = try await told(at: moment)
                #expect(row?.contact.permission == shadow.contact.permission, "state \(index) at \(moment)")
                #expect(row?.contact.lists == shadow.contact.lists, "state \(index) at \(moment)")
                #expect(row?.ours == [], "state \(index) at \(moment)")
            }
        }
        #expect(try await told(at: 50)?.ours == [ListID("b")])
        #expect(try await count("contact_history", in: store) == 2)
    }

    @Test func aContactThatLostItsAddressToAnotherHadItBefore() async throws {
        let store = try await TemporaryStore()
        let (ada, account) = (ada, account)
        try await store.write { connection in
            for (seconds, id) in [(Int64(10), "c1"), (20, "c2")] {
                let contact = ProviderContact(id: ContactID(id), email: "ada@example.org", permission: .implicit)
                try Contacts.save(
                    ContactShadow(contact: contact),
                    account: account,
                    at: .init(seconds: seconds),
                    in: connection
                )
            }
        }
        for (seconds, id) in [(Int64(15), "c1"), (20, "c2")] {
            let row = try await store.read {
                try ContactHistory.having(ada, account: account, at: .init(seconds: seconds), in: $0)
            }
            #expect(row?.value.contact.id == ContactID(id))
        }
    }

    @Test func aListThatIsGoneHadTheContactBefore() async throws {
        let store = try await TemporaryStore()
        let (ada, account) = (ada, account)
        var contact = ProviderContact(id: ContactID("c1"), email: "ada@example.org", permission: .implicit)
        contact.lists = [ListID("everybody")]
        contact.listsWereRead = true
        let shadow = ContactShadow(contact: contact)
        try await store.write { connection in
            try Contacts.save(shadow, account: account, at: .init(seconds: 10), in: connection)
            try Links.masterMade(ListID("everybody"), named: "All", account: account, in: connection)
            try Links.masterIsGone(of: account, at: .init(seconds: 20), in: connection)
        }
        for (seconds, lists) in [(Int64(15), Set([ListID("everybody")])), (20, [])] {
            let row = try await store.read {
                try ContactHistory.having(ada, account: account, at: .init(seconds: seconds), in: $0)
            }
            #expect(row?.value.contact.lists == lists)
        }
    }

    @Test func aParkedRowIsToldWithTheReasonThatItHad() async throws {
        let store = try await TemporaryStore()
        let (ada, account) = (ada, account)
        let states: [(Int64, [(subject: String, code: String, text: String)])] = [
            (10, [("member 1", "refused", "too long")]), (20, [("member 1", "refused", "too odd")]), (30, []),
            (40, [("member 1", "refused", "too long")]),
        ]
        try await store.write { connection in
            for (seconds, rows) in states {
                try Parked.replace(
                    rows,
                    address: ada.text,
                    account: account,
                    at: .init(seconds: seconds),
                    in: connection
                )
            }
        }
        for (seconds, expected) in [
            (9, nil), (10, "too long 10"), (19, "too long 10"), (20, "too odd 10"), (30, nil), (39, nil),
            (40, "too long 40"),
        ] as [(Int64, String?)] {
            let found = try await store.read { try ParkedHistory.of(ada, at: .init(seconds: seconds), in: $0) }
            #expect(found.map { "\($0.text) \($0.since.seconds)" } == (expected.map { [$0] } ?? []), "at \(seconds)")
        }
    }

    @Test func twoAddressesWereOneUntilSomebodyDecided() async throws {
        let store = try await TemporaryStore()
        let (ada, account) = (ada, account)
        let new = Address(compared: "new@example.org")
        try await store.write { connection in
            let contact = ContactID("c1")
            _ = try MovedContacts.note(
                contact,
                from: ada,
                to: new,
                account: account,
                at: .init(seconds: 10),
                in: connection
            )
            try MovedContacts.decide(contact, account: account, at: .init(seconds: 20), in: connection)
            try MovedContacts.forget(contact, account: account, at: .init(seconds: 30), in: connection)
        }
        for (seconds, expected) in [(Int64(9), 0), (10, 1), (19, 1), (20, 0), (30, 0)] {
            let found = try await store.read {
                try MovedContacts.undecided(of: [new], at: .init(seconds: seconds), in: $0)
            }
            #expect(found.count == expected, "at \(seconds)")
            #expect(found.allSatisfy { $0.twin(of: new) == ada })
        }
    }

    @Test func aDoubtIsToldWhileItLasted() async throws {
        let store = try await TemporaryStore()
        let (ada, account) = (ada, account)
        try await store.connect("cc")
        try await store.write { connection in
            let contact = ContactID("c1")
            try DeletionDoubts.add(contact, address: ada, account: account, at: .init(seconds: 10), in: connection)
            try DeletionDoubts.end(contact, account: account, at: .init(seconds: 20), in: connection)
        }
        for (seconds, expected) in [(Int64(9), false), (10, true), (19, true), (20, false)] {
            let isInDoubt = try await store.read {
                try DeletionDoubts.isInDoubt(ada, at: .init(seconds: seconds), holds: [], in: $0)
            }
            #expect(isInDoubt == expected, "at \(seconds)")
        }
    }

    @Test func aHoldIsToldAsItStoodAndUnderTheAddressThatTheRecordHad() async throws {
        let store = try await TemporaryStore()
        let (ada, account, person) = (ada, account, person)
        let new = Address(compared: "new@example.org")
        let states = [mirror("Ada"), mirror("Ada", email: "new@example.org")]
        let cause = HoldCause(.keptFlag, "\(person) 1")
        try await store.write { connection in
            try RecordMirrors.save(states[0], at: .init(seconds: 5), in: connection)
            let row = Holds.NewRow(
                HeldRow(.record(person), cause),
                address: ada.text,
                account: account,
                subject: person.description,
                choices: [.clearFlag]
            )
            try Holds.raise(row, at: .init(seconds: 10), in: connection)
            try RecordMirrors.save(states[1], at: .init(seconds: 20), in: connection)
            try Holds.move(rowsOf: person, to: new, at: .init(seconds: 20), in: connection)
            try Holds.decide(1, choice: .clearFlag, note: "seen", at: .init(seconds: 30), in: connection)
            try Holds.forget(cause, at: .init(seconds: 40), in: connection)
        }
        for (seconds, address, state) in [
            (9, ada, nil), (10, ada, .open), (19, ada, .open), (20, ada, nil), (20, new, .open), (15, new, nil),
            (30, new, .approved), (40, new, nil),
        ] as [(Int64, Address, Hold.State?)] {
            let found = try await store.read {
                try Holds.rows(of: [address], at: .init(seconds: seconds), in: $0)
            }
            #expect(found.map(\.hold.state) == (state.map { [$0] } ?? []), "\(address) at \(seconds)")
            #expect(found.allSatisfy { $0.hold.address == address.text && ($0.hold.note == nil) == (seconds < 30) })
        }
    }
}
