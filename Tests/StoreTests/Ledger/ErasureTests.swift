import Foundation
import Reconciliation
import Testing

@testable import Store

@Suite struct ErasureTests {
    private let temporary: TemporaryStore
    private let ada = Address(compared: "ada.lovelace@example.org")
    private let typed = "Ada.Lovelace@Example.org"
    private let now = Timestamp(seconds: 1_000)

    init() async throws {
        temporary = try await TemporaryStore()
        try await temporary.connect("constant-contact")
        try await fill()
    }

    /// Puts the address into every table that can have one.
    private func fill() async throws {
        let (ada, typed, now, keys) = (ada, typed, now, temporary.store.sealer.ledgerKeys)
        let account = AccountID("constant-contact")
        try await temporary.write { connection in
            let bodies = [
                #"{"data":{"email":"Ada.Lovelace@Example.org"}}"#, "data[email]=Ada.Lovelace%40Example.org",
                #"{"email":"ada.lovelace\u0040example.org"}"#,
            ]
            for (number, body) in bodies.enumerated() {
                let delivery = InboxDelivery(
                    account: account,
                    source: "relay",
                    deliveryID: "delivery \(number)",
                    digest: [UInt8](repeating: 7, count: 32),
                    body: Array(body.utf8),
                    receivedAt: now
                )
                _ = try Inbox.insert(delivery, on: connection)
                try Inbox.markDone(Int64(number + 1), now: now, on: connection)
            }
            try Ledger.append(
                Events.optOut(ada.text, reason: "ada.lovelace@example.org has had enough"),
                evidence: Ledger.Evidence(reference: "inbox 1", body: Array(bodies[0].utf8)),
                keys: keys,
                in: connection
            )
            try Ledger.append(
                Events.optOut("bob@example.org", reason: "bob's own"),
                evidence: Events.evidence("a delivery about bob"),
                keys: keys,
                in: connection
            )
            for (id, isDeleted) in [(Int64(1), false), (2, true)] {
                let record = CRMRecord(
                    id: RecordID(.person, id),
                    lockVersion: 3,
                    updatedAt: now,
                    isDeleted: isDeleted,
                    firstName: "Ada-Given-Name",
                    lastName: "Lovelace-Family-Name",
                    mainEmail: typed,
                    otherEmails: ["other@example.org"],
                    fields: ["town": "Ada-Town"]
                )
                try RecordMirrors.save(RecordMirror(record: record), formerMain: ada, at: now, in: connection)
            }
            let lead = CRMRecord(
                id: RecordID(.lead, 5),
                lockVersion: 1,
                updatedAt: now,
                firstName: "Bob",
                mainEmail: "bob@example.org",
                otherEmails: [typed]
            )
            try RecordMirrors.save(RecordMirror(record: lead), at: now, in: connection)
            // What was before: under the address, and under another one before that; a record that has given it up.
            for (id, emails) in [(Int64(3), ["ada.before@example.org", typed]), (4, [typed, "eve@example.org"])] {
                for (step, email) in (emails + [emails[1]]).enumerated() {
                    let record = CRMRecord(
                        id: RecordID(.person, id),
                        lockVersion: 3,
                        updatedAt: now,
                        firstName: email == typed || id == 3 ? "Ada-Given-Name" : "Eve",
                        lastName: "Was-Here-\(step)",
                        mainEmail: email,
                        otherEmails: step == 0 ? ["Ada.LOVELACE@example.org"] : []
                    )
                    let moment = now.advanced(bySeconds: Int64(step) - 10)
                    try RecordMirrors.save(RecordMirror(record: record), at: moment, in: connection)
                }
            }
            var contact = ProviderContact(id: ContactID("c1"), email: typed, permission: .unsubscribed)
            contact.firstName = "Ada-Given-Name"
            contact.optOutReason = "Ada-Reason"
            contact.fields = ["x": "Ada-Town"]
            contact.lists = [ListID("list")]
            for (step, email) in [typed, "ada.after@example.org", typed].enumerated() {
                contact.email = email
                let moment = now.advanced(bySeconds: Int64(step) - 10)
                try Contacts.save(ContactShadow(contact: contact), account: account, at: moment, in: connection)
            }
            _ = try MovedContacts.note(
                contact.id,
                from: Address(compared: "ada.after@example.org"),
                to: ada,
                account: account,
                at: now.advanced(bySeconds: -10),
                in: connection
            )
            try MovedContacts.forget(contact.id, account: account, at: now, in: connection)
            try DeletionDoubts.add(
                contact.id,
                address: ada,
                account: account,
                at: now.advanced(bySeconds: -5),
                in: connection
            )
            try DeletionDoubts.end(contact.id, account: account, at: now, in: connection)
            try Parked.replace(
                [("member 1", "refused", "\(typed) was too long")],
                address: ada.text,
                account: account,
                at: now.advanced(bySeconds: -5),
                in: connection
            )
            try Watched.add([ada], at: now, in: connection)
            try Dirty.mark(ada, account: account, lane: 4, reason: "member", at: now, in: connection)
            try Departures.insert(account: account, list: ListID("list"), address: ada, at: now, in: connection)
            try Parked.refuse(ada, account: account, text: "\(typed) is refused", at: now, in: connection)
            try Parked.replace(
                [("member 1", "refused", "\(typed) was refused")],
                address: ada.text,
                account: account,
                at: now,
                in: connection
            )
            let intent = try Intents.insert(
                account: account,
                kind: "upsert",
                lane: 4,
                payload: "{}",
                rows: [
                    IntentRow(
                        address: ada.text,
                        subject: "person 1",
                        payload: #"{"email":"Ada.Lovelace@Example.org","firstName":"Ada-Given-Name"}"#
                    )
                ],
                at: now,
                in: connection
            )
            try Intents.end(intent, as: .done, result: "\(typed) was created", at: now, in: connection)
            try Settings.set("something later", to: "told ada.lovelace@example.org", on: connection)
        }
    }

    private func erase() async throws -> Erasure.Outcome {
        let (outcome, isScrubbed) = try await temporary.store.erase(ada, at: Timestamp(seconds: 2_000))
        #expect(isScrubbed)
        return outcome
    }

    /// Every file of the data directory, in lower case.
    private func files() async throws -> [(name: String, text: String)] {
        let data = temporary.store.dataDirectory
        let names = try #require(FileManager.default.enumerator(atPath: data)).compactMap { $0 as? String }
        return names.compactMap { name in
            FileManager.default.contents(atPath: "\(data)/\(name)").map {
                (name, String(decoding: $0, as: UTF8.self).lowercased())
            }
        }
    }

    @Test func nothingOfTheAddressIsLeftInAnyFile() async throws {
        let before = try await files().map(\.text).joined()
        for needle in ["ada.lovelace@", "ada.lovelace%40", "ada-given-name", "ada-town", "ada-reason"] {
            try #require(before.contains(needle), "the test puts \(needle) there")
        }
        _ = try await erase()
        for (name, text) in try await files() {
            for needle in ["ada.lovelace", "ada-given-name", "lovelace-family", "ada-town", "ada-reason"] {
                #expect(!text.contains(needle), "\(name) has \(needle)")
            }
        }
        // What is about others is all there.
        #expect(try await files().contains { $0.text.contains("bob's own") })
    }

    @Test func whatItWasIsToldUnderWhatStandsForIt() async throws {
        let standIn = try await erase().address
        let ada = ada
        for table in ["record_history", "contact_history", "parked_history", "moved_contact_history"] {
            #expect(
                try await temporary.read { try $0.value("SELECT count(*) FROM \(raw: table)") } ?? 0 > 0,
                "\(table)"
            )
        }
        let moment = Timestamp(seconds: 991)
        let found = try await temporary.read { connection in
            (
                try RecordHistory.having(standIn, at: moment, in: connection).map(\.past.value.record),
                try RecordHistory.having(ada, at: moment, in: connection),
                try ContactHistory.having(
                    standIn,
                    account: AccountID("constant-contact"),
                    at: .init(seconds: 990),
                    in: connection
                )
            )
        }
        #expect(found.0.map(\.id) == [RecordID(.person, 3)])
        #expect(found.0.allSatisfy { $0.firstName.isEmpty && $0.lastName.isEmpty })
        #expect(found.1.isEmpty)
        #expect(found.2?.value.contact.id == ContactID("c1"))
        // Who has another address now and had this one keeps the names that came with the other.
        let later = try await temporary.read {
            try RecordHistory.having(Address(compared: "eve@example.org"), at: moment, in: $0).map(\.past.value.record)
        }
        #expect(later.map(\.firstName) == ["Eve"])
    }

    @Test func anAddressThatHasItAsAPartIsLeftAlone() async throws {
        let (now, others) = (now, ["x.ada.lovelace@example.org", "ada.lovelace@example.org.uk"])
        let keys = temporary.store.sealer.ledgerKeys
        try await temporary.write { connection in
            for (number, other) in others.enumerated() {
                try Ledger.append(
                    Events.optOut(other),
                    evidence: Events.evidence("{\(other)}"),
                    keys: keys,
                    in: connection
                )
                try Watched.add([Address(compared: other)], at: now, in: connection)
                try Settings.set("other \(number)", to: "see \(other).", on: connection)
            }
        }
        let outcome = try await erase()
        for (number, other) in others.enumerated() {
            let address = Address(compared: other)
            let text = try await temporary.read { try Settings.text("other \(number)", on: $0) }
            #expect(text == "see \(other).")
            #expect(try await temporary.read { try Watched.missing(among: [address], in: $0) }.isEmpty)
            #expect(try await temporary.read { try Ledger.events(of: address, in: $0) }.count == 1)
        }
        #expect(outcome.records == [RecordID(.person, 1), RecordID(.person, 3), RecordID(.lead, 5)])
        #expect(try await temporary.verify().erasedEvidence == 1)
    }

    @Test func theLedgerStillHoldsAndTheAddressIsOptedOut() async throws {
        let before = try await temporary.verify()
        _ = try await erase()
        let after = try await temporary.verify(kept: before.head)
        #expect(after.problem == nil)
        #expect(after.rows == before.rows + 1)
        #expect(after.erased == 2)
        #expect(after.erasedEvidence == 1)
        let standIn = Address(erased: temporary.store.sealer.keyedHash(ada))
        #expect(try await temporary.read { try Ledger.isOptedOut(standIn, in: $0) })
        let (known, keys, ada) = (standIn, temporary.store.sealer.ledgerKeys, ada)
        #expect(try await temporary.read { try ErasedAddresses.known(as: ada, keys: keys, in: $0) } == known)
        // Another source's opt-out stands beside the operator's.
        let standing = try await temporary.read { try Ledger.standing(of: known, in: $0) }
        #expect(standing.author(at: .erasure) == .operator)
        #expect(standing.stands(.account(AccountID("constant-contact"))))
    }

    @Test func whatStillHoldsItIsNamedAndIsToBeDecided() async throws {
        let outcome = try await erase()
        #expect(outcome.records == [RecordID(.person, 1), RecordID(.person, 3), RecordID(.lead, 5)])
        #expect(outcome.contacts == [.init(account: AccountID("constant-contact"), id: ContactID("c1"))])
        #expect(outcome.waitingDeliveries == 0)
        let dirty = try await temporary.read { connection in
            try connection.rows("SELECT address, lane FROM dirty ORDER BY address") { ($0.text(0), $0.int(1)) }
        }
        #expect(dirty.map(\.0) == ["bob@example.org", outcome.address.text, "other@example.org"].sorted())
        #expect(dirty.allSatisfy { $0.1 == 1 })
        let having = try await temporary.read { try RecordMirrors.having([outcome.address], in: $0) }
        #expect(
            having.map(\.mirror.record.id).sorted() == [RecordID(.person, 1), RecordID(.person, 3), RecordID(.lead, 5)]
        )
        #expect(having.first { $0.isMain }?.mirror.record.mainAddress == outcome.address)
    }

    @Test func noAccountIsAskedForTheAddressAnyMore() async throws {
        let (ada, account) = (ada, AccountID("constant-contact"))
        try await temporary.write { try SoughtAddresses.add(ada, account: account, in: $0) }
        _ = try await erase()
        #expect(try await temporary.read { try SoughtAddresses.of(account, limit: 9, in: $0) }.isEmpty)
    }

    @Test func anAddressThatNobodyHasIsOptedOutAllTheSame() async throws {
        let stranger = Address(compared: "stranger@example.org")
        let (outcome, _) = try await temporary.store.erase(stranger, at: now)
        #expect(outcome.records.isEmpty && outcome.contacts.isEmpty)
        let address = outcome.address
        #expect(try await temporary.read { try Ledger.isOptedOut(address, in: $0) })
        #expect(try await temporary.verify().problem == nil)
    }

    @Test func erasingTwiceChangesNothing() async throws {
        _ = try await erase()
        let first = try await temporary.verify().head
        // Who has it is named again: it may still be theirs to delete.
        #expect(try await erase().records == [RecordID(.person, 1), RecordID(.person, 3), RecordID(.lead, 5)])
        #expect(try await temporary.verify().head == first)
    }

    @Test func aWriteUnderWayKeepsTheAddressUntilItsEnd() async throws {
        let (ada, now) = (ada, now)
        let intent = try await temporary.write { connection in
            try Intents.insert(
                account: AccountID("constant-contact"),
                kind: "unsubscribe",
                lane: 1,
                payload: "{}",
                rows: [IntentRow(address: ada.text, subject: "contact c1", payload: "{}")],
                at: now,
                in: connection
            )
        }
        await #expect(throws: Erasure.WriteUnderWay(count: 1)) { try await erase() }
        #expect(try await temporary.verify().erased == 0)
        try await temporary.write { try Intents.end(intent, as: .done, result: nil, at: now, in: $0) }
        _ = try await erase()
        #expect(try await temporary.verify().erased == 2)
    }

    @Test func aDeliveryThatWaitsIsLeftToBeDecided() async throws {
        let (now, typed) = (now, typed)
        try await temporary.write { connection in
            let delivery = InboxDelivery(
                account: AccountID("constant-contact"),
                source: "relay",
                deliveryID: "waiting",
                digest: [1],
                body: Array(typed.utf8),
                receivedAt: now
            )
            _ = try Inbox.insert(delivery, on: connection)
        }
        let outcome = try await erase()
        #expect(outcome.waitingDeliveries == 1)
        #expect(try await temporary.read { try Inbox.counts(on: $0).waiting } == 1)
    }

    @Test func anOlderDatabaseHasTheErasuresAppliedWhenItIsOpened() async throws {
        let data = temporary.store.dataDirectory
        let copy = temporary.directory.file("older.sqlite")
        try await SQLiteMaintenance.copy(Store.databasePath(in: data), to: copy) { _ in }
        _ = try await erase()
        await temporary.store.closeAndWait()
        try FileManager.default.removeItem(atPath: Store.databasePath(in: data))
        try FileManager.default.moveItem(atPath: copy, toPath: Store.databasePath(in: data))

        let store = try await Store.open(dataDirectory: data)
        let keys = store.sealer.ledgerKeys
        let report = try await store.database.read { try LedgerVerification.run(keys: keys, in: $0) }
        #expect(report.problem == nil)
        #expect(report.erased == 2)
        await store.closeAndWait()
        for (name, text) in try await files() { #expect(!text.contains("ada.lovelace"), "\(name)") }
    }

    @Test func theListOfErasuresIsSecretAndSurvivesATornLine() async throws {
        _ = try await erase()
        let list = temporary.store.erasureList
        #expect(try permissions(of: list.path) == 0o600)
        let entries = try list.entries()
        #expect(entries.map(\.hash) == [temporary.store.sealer.keyedHash(ada)])
        let handle = try #require(FileHandle(forWritingAtPath: list.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("0123ab".utf8))
        try handle.close()
        #expect(try list.entries() == entries)
        let next = ErasureList.Entry(hash: [UInt8](repeating: 9, count: 32), at: now, key: "k")
        try list.append(next)
        #expect(try list.entries() == entries + [next])
    }
}
