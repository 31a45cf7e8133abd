import Crypto
import Foundation
import Reconciliation
import Testing

@testable import Store

@Suite struct LedgerBundleTests {
    private let temporary: TemporaryStore
    private let ada = Address(compared: "ada@example.org")

    init() async throws {
        temporary = try await TemporaryStore()
        let crm = ConsentSource.record(RecordID(.person, 4))
        for number in 1...3 { try await temporary.append(Events.optOut("a\(number)@example.org")) }
        try await temporary.append(Events.optOut(ada.text, position: 10, reason: "too many letters"))
        for number in 4...6 { try await temporary.append(Events.optOut("a\(number)@example.org")) }
        try await temporary.append(Events.optOut(ada.text, position: 20, source: crm, by: .crm))
        try await temporary.append(Events.optOut("last@example.org"))
        let now = Timestamp(milliseconds: 9_000)
        try await temporary.write { connection in
            let intent = try Intents.insert(
                account: AccountID("workbooks"),
                kind: "crm-write",
                lane: 1,
                payload: "{}",
                rows: [IntentRow(address: "ada@example.org", subject: "person 4", payload: #"{"lockVersion":3}"#)],
                at: now,
                in: connection
            )
            try Intents.noteAnswer(#"{"lockVersion":4}"#, to: "person 4", of: intent, in: connection)
            try Intents.end(intent, as: .done, result: nil, at: now.advanced(bySeconds: 2), in: connection)
        }
    }

    private func export(_ address: Address? = nil) async throws -> [UInt8] {
        let (address, sealer) = (address ?? ada, temporary.store.sealer)
        return try await temporary.read {
            try LedgerExport.bundle(of: address, at: Timestamp(seconds: 50), sealer: sealer, in: $0)
        }
    }

    @Test func isCheckedWithNothingButItself() async throws {
        let bundle = try await export()
        let report = try BundleVerification.run(bundle)
        #expect(report.address == "ada@example.org")
        #expect(report.events == 2)
        #expect(report.evidence == 1, "both events have the same evidence")
        #expect(report.seal == .notChecked)
        #expect(report.head == (try await temporary.read { try LedgerChain.head(in: $0) }))
        #expect(try BundleVerification.run(bundle, sealer: temporary.store.sealer).seal == .holds)
    }

    @Test func saysWhatWasWrittenAndHowLongItTook() async throws {
        let bundle = try JSONDecoder().decode(LedgerBundle.self, from: Data(try await export()))
        #expect(bundle.content.writes.map(\.answer) == [#"{"lockVersion":4}"#])
        #expect(bundle.content.elapsed.first?.flaggedAt == 11_000)
        #expect(bundle.content.elapsed.first?.millisecondsToFlag == Int64(5_990))
    }

    @Test func aWriteToARecordIsToldOfEachOfItsAddresses() async throws {
        let second = Address(compared: "zoe@example.org")
        let (account, former) = (AccountID("workbooks"), Address(compared: "former@example.org"))
        try await temporary.append(Events.optOut(second.text, position: 30))
        try await temporary.write { connection in
            let record = CRMRecord(
                id: RecordID(.person, 4),
                lockVersion: 4,
                updatedAt: Timestamp(seconds: 1),
                mainEmail: "ada@example.org",
                otherEmails: ["zoe@example.org"]
            )
            let now = Timestamp(seconds: 9)
            try RecordMirrors.save(RecordMirror(record: record), formerMain: former, at: now, in: connection)
            // Somebody else's record, and a contact whose id looks like one.
            for subject in ["person 41", "contact constant-contact person 4"] {
                let row = IntentRow(address: "else@example.org", subject: subject, payload: "{}")
                _ = try Intents.insert(
                    account: account,
                    kind: "crm-write",
                    lane: 1,
                    payload: "{}",
                    rows: [row],
                    at: now,
                    in: connection
                )
            }
        }
        for address in [second, former] {
            let bundle = try JSONDecoder().decode(LedgerBundle.self, from: Data(try await export(address)))
            #expect(bundle.content.writes.map(\.subject) == ["person 4"])
            #expect(bundle.content.writes.map(\.answer) == [#"{"lockVersion":4}"#])
            let history = try await temporary.read { try Intents.history(of: address, limit: 10, in: $0) }
            #expect(history.map(\.row.subject) == ["person 4"])
        }
        let plan = try await temporary.read { connection in
            try connection.rows("EXPLAIN QUERY PLAN \(Intents.rows(about: second))") { $0.text(3) }
        }
        #expect(!plan.contains { $0.contains("SCAN intent_row") }, "\(plan)")
    }

    @Test func howLongItTookIsWhatTheClockSays() async throws {
        let event = try #require(try await temporary.append(Events.optOut("eve@example.org", position: 40)))
        try await temporary.write { connection in
            try OptOutClocks.start(counts: true, at: Timestamp(seconds: 6), in: connection)
            // The provider itself took the person off: there is no write of ours.
            try OptOutClocks.offLists(event, at: Timestamp(seconds: 7), in: connection)
        }
        func elapsed() async throws -> LedgerBundle.Elapsed? {
            let bundle = try await export(Address(compared: "eve@example.org"))
            return try JSONDecoder().decode(LedgerBundle.self, from: Data(bundle)).content.elapsed.first
        }
        #expect(try await elapsed()?.millisecondsToOffLists == 1_960)
        #expect(try await elapsed()?.flaggedAt == nil)
        try await temporary.write {
            try OptOutClocks.flagged(event, hadRecord: false, at: Timestamp(seconds: 8), in: $0)
        }
        #expect(try await elapsed()?.millisecondsToFlag == 2_960)
    }

    @Test func hasNothingOfAnybodyElse() async throws {
        let text = String(decoding: try await export(), as: UTF8.self)
        for other in ["a1@", "a5@", "last@"] { #expect(!text.contains(other)) }
        let hash = Hexadecimal.text(temporary.store.sealer.keyedHash(Address(compared: "a1@example.org")))
        #expect(!text.contains(hash))
    }

    @Test func everyChangedByteIsFound() async throws {
        let bundle = try await export()
        for index in bundle.indices {
            for bit in [UInt8(0x01), 0x20] {
                var changed = bundle
                changed[index] ^= bit
                #expect(throws: BundleVerification.Failure.self, "byte \(index), bit \(bit)") {
                    try BundleVerification.run(changed)
                }
            }
        }
        #expect(throws: BundleVerification.Failure.self) { try BundleVerification.run(bundle.dropLast()) }
        #expect(throws: BundleVerification.Failure.self) { try BundleVerification.run(bundle + [0x0a]) }
        #expect(throws: BundleVerification.Failure.self) { try BundleVerification.run([]) }
    }

    /// Somebody who makes the digest anew is found by the chain, and by the seal where the key is at hand.
    @Test func aContentThatWasWrittenAnewIsFound() async throws {
        let bundle = try JSONDecoder().decode(LedgerBundle.self, from: Data(try await export()))
        func forged(_ change: (inout LedgerBundle.Content) -> Void) throws -> [UInt8] {
            var forged = bundle
            change(&forged.content)
            forged.digest = Hexadecimal.text(try LedgerBundle.digest(of: forged.content))
            forged.checksum = forged.expectedChecksum
            return try LedgerBundle.canonical(forged) + [0x0a]
        }
        let changes: [(inout LedgerBundle.Content) -> Void] = [
            { $0.events[0].kind = "opt-in" }, { $0.events[0].person?.reason = "none" },
            { $0.events[0].person?.address = "eve@example.org" }, { $0.address = "eve@example.org" },
            { $0.events[1].receivedAt += 1 }, { $0.events.removeLast() }, { $0.head.sequence += 1 },
            { $0.evidence[0].body = "e30=" }, { $0.evidence.removeAll() }, { $0.otherRows = "" },
            { $0.events[0].disclosure = $0.events[1].disclosure },
        ]
        for (number, change) in changes.enumerated() {
            #expect(throws: BundleVerification.Failure.self, "change \(number)") {
                try BundleVerification.run(try forged(change))
            }
        }
        // What was written to either side is no part of the chain: the seal alone covers it.
        let writes = try forged { $0.writes[0].answer = #"{"lockVersion":9}"# }
        #expect(try BundleVerification.run(writes).seal == .notChecked)
        #expect(throws: BundleVerification.Failure.self) {
            try BundleVerification.run(writes, sealer: temporary.store.sealer)
        }
    }

    /// Somebody who writes everything anew that takes no key, and names another one.
    private func rewritten(key: String, _ change: (inout LedgerBundle.Content) -> Void) async throws -> [UInt8] {
        var bundle = try JSONDecoder().decode(LedgerBundle.self, from: Data(try await export()))
        change(&bundle.content)
        bundle.digest = Hexadecimal.text(try LedgerBundle.digest(of: bundle.content))
        bundle.key = key
        bundle.seal = String(repeating: "0", count: 64)
        bundle.checksum = bundle.expectedChecksum
        return try LedgerBundle.canonical(bundle) + [0x0a]
    }

    @Test func anotherKeysNameDoesNotKeepTheSealFromBeingChecked() async throws {
        let sealer = temporary.store.sealer
        let bundle = try await rewritten(key: Sealer(key: SymmetricKey(size: .bits256)).checkValue) {
            $0.writes.removeAll()
        }
        let failure = #expect(throws: BundleVerification.Failure.self) {
            try BundleVerification.run(bundle, sealer: sealer)
        }
        #expect(failure?.reason.contains("names another key") == true)
    }

    @Test func whatAnotherKeySealedIsNotSaidToHold() async throws {
        let theirs = Sealer(key: SymmetricKey(size: .bits256))
        let report = try BundleVerification.run(try await export(), sealer: theirs)
        #expect(report.seal == .otherKey)
        #expect(report.completeness == .notChecked)
        #expect(report.key == temporary.store.sealer.checkValue)
    }

    /// An event that was moved among the digests of other rows: the chain leads over the kept end all the same.
    @Test func aBundleThatWasCutIsNotSaidToBeComplete() async throws {
        let head = try await temporary.read { try LedgerChain.head(in: $0) }
        let digest = try await temporary.read { connection in
            try #require(
                try connection.rows("SELECT \(raw: LedgerRow.columns) FROM consent_event WHERE sequence = 8") {
                    LedgerEncoding.digest(of: LedgerRow($0).entry)
                }.first
            )
        }
        let cut = try await rewritten(key: temporary.store.sealer.checkValue) { content in
            let event = content.events.removeLast()
            let others = Array(Data(base64Encoded: content.otherRows) ?? Data())
            let place = 32 * Int(event.sequence - content.events[0].sequence - 1)
            content.otherRows = Data(others.prefix(place) + digest + others.dropFirst(place)).base64EncodedString()
            content.elapsed.removeLast()
        }
        let report = try BundleVerification.run(cut, kept: head.hash)
        #expect(report.events == 1)
        #expect(report.completeness == .notChecked)
        #expect(report.isOfKeptEnd)
        #expect(throws: BundleVerification.Failure.self) {
            try BundleVerification.run(cut, kept: head.hash, sealer: temporary.store.sealer)
        }
        #expect(try BundleVerification.run(try await export(), sealer: temporary.store.sealer).completeness == .holds)
    }

    @Test func anEndThatWasKeptHasToBeOnItsWay() async throws {
        let head = try await temporary.read { try LedgerChain.head(in: $0) }
        let bundle = try await export()
        _ = try BundleVerification.run(bundle, kept: head.hash)
        #expect(throws: BundleVerification.Failure.self) {
            try BundleVerification.run(bundle, kept: [UInt8](repeating: 3, count: 32))
        }
    }

    @Test func anErasedAddressHasABundleWithoutItsPerson() async throws {
        _ = try await temporary.store.erase(ada, at: Timestamp(seconds: 60))
        let report = try BundleVerification.run(try await export())
        #expect(report.events == 3)
        #expect(report.evidence == 1, "the erasure's own")
        #expect(report.erased == 3)
    }

    @Test func anAddressWithoutEventsHasAnEmptyBundle() async throws {
        let report = try BundleVerification.run(try await export(Address(compared: "nobody@example.org")))
        #expect(report.events == 0)
    }
}
