import Crypto
import Foundation
import Reconciliation
import Testing

@testable import Store

@Suite struct LedgerChainTests {
    @Test func chainsEveryRowAndHolds() async throws {
        let temporary = try await TemporaryStore()
        for number in 1...20 { try await temporary.append(Events.optOut("a\(number)@example.org", reason: "enough")) }
        let report = try await temporary.verify()
        #expect(report.problem == nil)
        #expect(report.rows == 20)
        #expect(report.head == (try await temporary.read { try LedgerChain.head(in: $0) }))
        #expect(report.erased == 0 && report.erasedEvidence == 0 && report.withoutEvidence == 0)
    }

    @Test func anEmptyLedgerHoldsAndHasAnEnd() async throws {
        let temporary = try await TemporaryStore()
        let report = try await temporary.verify(kept: .empty)
        #expect(report.problem == nil)
        #expect(report.head == .empty)
    }

    @Test func aRepeatedEventAddsNothing() async throws {
        let temporary = try await TemporaryStore()
        #expect(try await temporary.append(Events.optOut("ada@example.org")) == 1)
        #expect(try await temporary.append(Events.optOut("ada@example.org")) == nil)
        let report = try await temporary.verify()
        #expect(report.rows == 1)
        #expect(report.problem == nil)
    }

    @Test func evidenceIsKeptOnceForEachBody() async throws {
        let temporary = try await TemporaryStore()
        let keys = temporary.store.sealer.ledgerKeys
        try await temporary.write { connection in
            for number in 1...3 {
                _ = try Ledger.append(
                    Events.optOut("a\(number)@example.org"),
                    evidence: Events.evidence("the same delivery"),
                    keys: keys,
                    in: connection
                )
            }
        }
        let bodies = try await temporary.read { connection in
            try connection.rows("SELECT body FROM evidence") { $0.bytes(0) }
        }
        #expect(bodies == [Array("the same delivery".utf8)])
        #expect(try await temporary.verify().problem == nil)
    }

    /// What the documentation says, worked out here by other means.
    @Test func theEncodingIsTheDocumentedOne() async throws {
        let temporary = try await TemporaryStore()
        try await temporary.append(Events.optOut("ada@example.org", position: 7))
        try await temporary.append(Events.optOut("bob@example.org", position: nil))
        let rows = try await temporary.read { connection in
            try connection.rows(
                """
                SELECT address_hash, disclosure, evidence_digest, position, occurred_at, received_at, hash
                FROM consent_event ORDER BY sequence
                """
            ) { ($0.bytes(0), $0.bytes(1), $0.text(2), $0.optionalInt(3), $0.optionalInt(4), $0.int(5), $0.bytes(6)) }
        }
        func field(_ bytes: [UInt8]?) -> Data {
            guard let bytes else { return Data([0xff, 0xff, 0xff, 0xff]) }
            return withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Data($0) } + Data(bytes)
        }
        func number(_ value: Int64?) -> Data {
            field(value.map { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } })
        }
        func text(_ value: String) -> Data { field(Array(value.utf8)) }
        var previous = Data(repeating: 0, count: 32)
        for (index, row) in rows.enumerated() {
            let (addressHash, disclosure, evidence, position, occurred, received, hash) = row
            var encoding = text("causeway.ledger.row/1") + number(Int64(index + 1)) + field(addressHash)
            encoding += field(disclosure) + text("opt-out") + text("person") + text("account constant-contact")
            encoding += number(0) + number(position) + number(occurred) + number(received) + text("relay")
            encoding += text("C1") + text(evidence)
            let digest = Data(SHA256.hash(data: encoding))
            #expect(Array(SHA256.hash(data: previous + digest)) == hash)
            previous = Data(hash)
        }
    }

    @Test func whatIsHashedIsNotTheAddress() async throws {
        let temporary = try await TemporaryStore()
        try await temporary.append(Events.optOut("ada@example.org", position: 7))
        let (hash, disclosure, evidence) = try await temporary.read { connection in
            try #require(
                try connection.first("SELECT address_hash, disclosure, evidence_digest FROM consent_event") {
                    ($0.bytes(0), $0.bytes(1), $0.text(2))
                }
            )
        }
        #expect(hash == temporary.store.sealer.keyedHash(Address(compared: "ada@example.org")))
        #expect(disclosure != Array(SHA256.hash(data: Data("ada@example.org".utf8))))
        // The digest of the evidence cannot be made from a guessed body without the key.
        let body = Data(#"{"email":"ada@example.org"}"#.utf8)
        #expect(evidence != Hexadecimal.text(SHA256.hash(data: body)))
    }

    @Test func aDatabaseOlderThanTheChainIsChainedWhenItIsOpened() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.file("data")
        let database = try await SQLiteDatabase.open(at: Store.databasePath(in: data))
        try await Migrator([.foundation, .domain]).run(on: database, path: data)
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO inbox (id, account, source, delivery_id, digest, headers, body, received_at, state, attempts,
                    not_before) VALUES (4, 'cc', 'relay', 'x', X'00', '{}', X'7B7D', 1, 'done', 0, 0)
                """
            )
            for (number, reference) in [(1, "inbox 4"), (2, "person 9 at lock version 3"), (4, "inbox 5")] {
                try connection.execute(
                    """
                    INSERT INTO consent_event (sequence, address, kind, author, source, is_complaint, position,
                        received_at, through, reason, rule, evidence, evidence_digest, identity)
                    VALUES (\(number), \("a\(number)@example.org"), 'opt-out', 'person', 'account cc', 0, 1, 5, 'relay',
                        'r', 'C1', \(reference), \("digest \(number)"),
                        \("opt-out|account cc|person||1|a\(number)@example.org"))
                    """
                )
            }
            // A sequence without gaps is what the ledger always had; a lost row is not made up for.
            try connection.execute("DROP TRIGGER consent_event_is_never_changed")
            try connection.execute("UPDATE consent_event SET sequence = 3 WHERE sequence = 4")
            try connection.execute(
                "CREATE TRIGGER consent_event_is_never_changed BEFORE UPDATE ON consent_event BEGIN SELECT 1; END"
            )
        }
        await database.closeAndWait()

        let store = try await Store.open(dataDirectory: data)
        let keys = store.sealer.ledgerKeys
        let report = try await store.database.read { try LedgerVerification.run(keys: keys, in: $0) }
        #expect(report.problem == nil)
        #expect(report.rows == 3)
        #expect(report.withoutEvidence == 2)
        await store.closeAndWait()
        let again = try await Store.open(dataDirectory: data)
        #expect(try await again.database.read { try LedgerChain.head(in: $0) } == report.head)
        await again.closeAndWait()
    }

    @Test func appendsAreCheap() async throws {
        let temporary = try await TemporaryStore()
        let keys = temporary.store.sealer.ledgerKeys
        try await temporary.write { connection in
            for number in 0..<2_000 {
                _ = try Ledger.append(
                    Events.optOut("a\(number)@example.org"),
                    evidence: Events.evidence("delivery \(number)"),
                    keys: keys,
                    in: connection
                )
            }
        }
        let report = try await temporary.verify()
        #expect(report.rows == 2_000)
        #expect(report.problem == nil)
    }
}
