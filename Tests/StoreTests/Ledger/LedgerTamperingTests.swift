import Foundation
import Reconciliation
import Testing

@testable import Store

/// An attacker who writes to the file, without the key: triggers dropped, constraints off, one value changed.
@Suite struct LedgerTamperingTests {
    private let temporary: TemporaryStore
    private static let rows: Int64 = 3

    init() async throws {
        temporary = try await TemporaryStore()
        for number in 1...Self.rows {
            let reason: String? = number % 2 == 0 ? "too many letters" : nil
            try await temporary.append(Events.optOut("a\(number)@example.org", position: number, reason: reason))
        }
    }

    /// Opens the ledger to every change, as `sqlite3` on the file would.
    private func disarm() async throws {
        try await temporary.write { connection in
            let triggers = try connection.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'") { $0.text(0) }
            for trigger in triggers { try connection.execute("DROP TRIGGER \(raw: trigger)") }
            try connection.execute("PRAGMA ignore_check_constraints = ON")
        }
    }

    /// Makes one change, checks the ledger, and takes the change back.
    private func report(after change: SQL) async throws -> LedgerVerification.Report? {
        struct Undo: Error { var report: LedgerVerification.Report? }
        let keys = temporary.store.sealer.ledgerKeys
        do {
            try await temporary.write { connection in
                try connection.execute(change)
                throw Undo(report: try LedgerVerification.run(keys: keys, in: connection))
            }
        } catch let undo as Undo {
            return undo.report
        }
        return nil
    }

    private func columns(of table: String) async throws -> [String] {
        try await temporary.read { try $0.rows("SELECT name FROM pragma_table_info(\(table))") { $0.text(0) } }
    }

    @Test func findsOneChangedByteInEveryColumnOfEveryRow() async throws {
        try await disarm()
        var tried = 0
        for column in try await columns(of: "consent_event") {
            for row in 1...Self.rows {
                for change in try await changes(of: column, in: "consent_event", where: "sequence = \(row)") {
                    let found = try await report(after: change)?.problem
                    tried += 1
                    #expect(found != nil, "\(change.text) was not noticed")
                    // Where the row itself was changed, it is the one that is named.
                    if column != "sequence" { #expect(found?.row == row, "\(change.text): \(found?.reason ?? "")") }
                }
            }
        }
        #expect(tried > 600)
        #expect(try await temporary.verify().problem?.reason.contains("kept from") == false)
    }

    @Test func findsOneChangedByteOfEveryPieceOfEvidence() async throws {
        try await disarm()
        let digests = try await temporary.read { try $0.rows("SELECT digest FROM evidence") { $0.text(0) } }
        for digest in digests {
            for column in try await columns(of: "evidence") {
                for change in try await changes(of: column, in: "evidence", where: "digest = '\(digest)'") {
                    #expect(try await report(after: change)?.problem?.row != nil, "\(change.text) was not noticed")
                }
            }
        }
    }

    @Test func findsOneChangedByteOfTheEnd() async throws {
        try await disarm()
        for column in try await columns(of: "ledger_head") {
            for change in try await changes(of: column, in: "ledger_head", where: "id = 1") {
                #expect(try await report(after: change)?.problem != nil, "\(change.text) was not noticed")
            }
        }
    }

    /// A change for every byte of a text or blob, and three of every number.
    private func changes(of column: String, in table: String, where row: String) async throws -> [SQL] {
        let (type, declared) = try await temporary.read { connection in
            try #require(
                try connection.first(
                    """
                    SELECT typeof(\(raw: column)), (SELECT type FROM pragma_table_info(\(table)) WHERE name = \(column))
                    FROM \(raw: table) WHERE \(raw: row)
                    """
                ) { ($0.text(0), $0.text(1)) }
            )
        }
        func set(_ value: SQL) -> SQL { "UPDATE \(raw: table) SET \(raw: column) = \(value) WHERE \(raw: row)" }
        switch type {
        // The next sequence number is taken, so that the table itself would refuse it.
        case "integer":
            return (column == "sequence" ? [] : [1]).map { set("\(raw: column) + \($0)") }
                + [set("\(raw: column) - 256"), set("\(raw: column) + 65536")]
        case "null": return [set(declared == "INTEGER" ? "1" : declared == "BLOB" ? "X'00'" : "'x'")]
        case "blob":
            let bytes = try await temporary.read { connection in
                try #require(
                    try connection.first("SELECT \(raw: column) FROM \(raw: table) WHERE \(raw: row)") { $0.bytes(0) }
                )
            }
            return bytes.indices.map { index in
                var changed = bytes
                changed[index] ^= 0x01
                return set("\(changed)")
            }
        default:
            let text = try await temporary.read { connection in
                try #require(
                    try connection.first("SELECT \(raw: column) FROM \(raw: table) WHERE \(raw: row)") { $0.text(0) }
                )
            }
            return text.utf8.indices.enumerated().map { place, _ in
                var bytes = Array(text.utf8)
                bytes[place] ^= 0x01
                return set("\(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    @Test func findsARowThatWasTakenOut() async throws {
        try await disarm()
        for row in 1...Self.rows {
            let problem = try await report(after: "DELETE FROM consent_event WHERE sequence = \(row)")?.problem
            #expect(problem?.reason.contains("missing") == true, "row \(row): \(problem?.reason ?? "not noticed")")
        }
    }

    @Test func findsRowsCutOffWithTheNoteOfTheEndPutBack() async throws {
        // What an attacker without the key can do at most: put an older end back, seal and all.
        let older = try await temporary.read { connection in
            try #require(
                try connection.first("SELECT sequence, hash, seal FROM ledger_head") {
                    ($0.int(0), $0.bytes(1), $0.bytes(2))
                }
            )
        }
        try await temporary.append(Events.optOut("late@example.org", position: 99))
        let kept = try await temporary.read { try LedgerChain.head(in: $0) }
        try await disarm()
        try await temporary.write { connection in
            try connection.execute("DELETE FROM consent_event WHERE sequence > \(older.0)")
            try connection.execute("UPDATE ledger_head SET sequence = \(older.0), hash = \(older.1), seal = \(older.2)")
        }
        let withHead = try await temporary.verify(kept: kept)
        #expect(withHead.problem?.reason.contains("cut off") == true)
        #expect(try await temporary.verify().problem?.row == nil)
    }

    @Test func findsARowOfSomebodyElse() async throws {
        try await disarm()
        let change: SQL = """
            INSERT INTO consent_event SELECT 4, 'x@example.org', kind, author, source, is_complaint, 8, occurred_at,
                received_at, through, reason, rule, evidence, evidence_digest, 'x', hash, hash, address_hash, disclosure
            FROM consent_event WHERE sequence = 3
            """
        #expect(try await report(after: change)?.problem?.row == 4)
    }

    @Test func findsAnAddressRemovedWithoutAnErasure() async throws {
        try await disarm()
        let change: SQL = """
            UPDATE consent_event SET address = 'erased:' || lower(hex(address_hash)), reason = NULL, evidence = 'erased',
                identity = 'erased ' || sequence WHERE sequence = 2
            """
        let problem = try await report(after: change)?.problem
        #expect(problem?.row == 2)
        #expect(problem?.reason.contains("no erasure") == true)
    }

    @Test func theTriggersRefuseEveryChange() async throws {
        let changes: [SQL] = [
            "UPDATE consent_event SET kind = 'opt-in' WHERE sequence = 1",
            "UPDATE consent_event SET hash = NULL WHERE sequence = 1",
            "UPDATE consent_event SET address = 'x' WHERE sequence = 1",
            "UPDATE consent_event SET reason = NULL WHERE sequence = 2",
            "DELETE FROM consent_event WHERE sequence = 1",
            "DELETE FROM evidence", "UPDATE evidence SET body = X'00'",
            "UPDATE evidence SET body = NULL",
        ]
        for change in changes {
            await #expect(throws: StoreError.self, "\(change.text)") {
                try await temporary.write { try $0.execute(change) }
            }
        }
        #expect(try await temporary.verify().problem == nil)
    }
}
