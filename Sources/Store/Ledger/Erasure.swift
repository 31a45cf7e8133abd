import Reconciliation

/// Takes an address and its data out of the store: what is left is its keyed hash, and the opt-out.
///
/// The address is not only removed: in every table what stands for it (`Address.init(erased:)`) takes its place. So
/// the records and contacts that have it are still known, by their ids, and the opt-out is carried out on them; and
/// where the address is seen again, in a re-import, after a merge or on a new Lead, it is turned into the same before
/// anything is stored (`ErasedAddresses`), and is opted out already.
package struct Erasure {
    /// What still holds the address outside, as far as it was ever read, and what is not erased yet.
    package struct Outcome: Sendable, Hashable {
        /// What stands for the address now.
        package var address: Address
        package var records: [RecordID] = []
        package var contacts: [Contact] = []
        /// Deliveries that are not decided yet, and name the address.
        package var waitingDeliveries: Int64 = 0
    }

    /// A contact of an account.
    package struct Contact: Sendable, Hashable {
        package var account: AccountID
        package var id: ContactID
    }

    /// A write for the address is under way: what it does is not known yet, so the address cannot go.
    package struct WriteUnderWay: Error, Sendable, Hashable {
        package var count: Int64
    }

    /// How the erased address's own opt-out came.
    static let through = "erase"

    let address: Address
    let standIn: Address
    private let moment: Timestamp
    private let keys: LedgerKeys
    /// The spellings in which the store has the address.
    var spellings: Set<String>

    /// Erases an address, in the caller's transaction.
    ///
    /// - Parameters:
    ///   - address: the address in clear.
    ///   - moment: when the operator said so.
    /// - Throws: `WriteUnderWay`.
    package static func apply(
        to address: Address,
        at moment: Timestamp,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> Outcome {
        let open = try connection.value(
            "SELECT count(*) FROM intent_row WHERE address = \(address.text) AND is_open = 1"
        )
        if let open, open > 0 { throw WriteUnderWay(count: open) }
        var erasure = Erasure(
            address: address,
            standIn: Address(erased: keys.addressHash(address)),
            moment: moment,
            keys: keys,
            spellings: [address.text]
        )
        return try erasure.run(in: connection)
    }

    /// Notes an erasure of an address that the store does not have: it is opted out when it comes.
    package static func note(
        _ hash: [UInt8],
        at moment: Timestamp,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws {
        try optOut(Address(erased: hash), at: moment, keys: keys, in: connection)
    }

    private mutating func run(in connection: any SQLConnection) throws -> Outcome {
        var outcome = Outcome(address: standIn)
        try Self.optOut(standIn, at: moment, keys: keys, in: connection)
        let others = try otherAddresses(in: connection)
        for (other, through) in others {
            try Self.append(optOutOf: other, through: through, for: standIn, at: moment, keys: keys, in: connection)
        }
        try eraseRecords(in: connection)
        try eraseRecordHistory(in: connection)
        try eraseContacts(in: connection)
        try eraseInbox(into: &outcome, in: connection)
        try eraseEvidence(in: connection)
        try eraseLedger(in: connection)
        // What the person wrote when they opted out, in the reports of what was sent to them.
        try connection.execute("UPDATE mailing_person SET reason = NULL WHERE address = \(address.text)")
        try connection.execute(
            """
            UPDATE intent_row SET payload = '{}', awaits_echo = 0
            WHERE address = \(address.text) AND intent IN (SELECT id FROM intent WHERE kind = 'upsert')
            """
        )
        // No account can be asked for what stands for it.
        try connection.execute("DELETE FROM sought_address WHERE address = \(address.text)")
        try replaceEverywhere(in: connection)
        try nameHolders(into: &outcome, in: connection)
        try mark(outcome, and: others.map(\.address), in: connection)
        return outcome
    }

    /// The other addresses that an opt-out of this one reaches (design §3): what records that had it as their main one in
    /// the last 30 days have now, and what a contact has in its place on which nobody has decided (C11).
    private func otherAddresses(in connection: any SQLConnection) throws -> [(address: Address, through: String)] {
        var others: [Address: String] = [:]
        let monthAgo = moment.advanced(bySeconds: -30 * 86_400)
        let former = try RecordMirrors.formerly(having: address, since: monthAgo, in: connection)
        for mirror in try RecordMirrors.load(former, in: connection).values where !mirror.record.isDeleted {
            if let main = mirror.record.mainAddress { others[main] = ConsentEvent.throughFormerAddress }
        }
        for twin in try MovedContacts.twins(of: [address], in: connection) {
            others[twin] = ConsentEvent.throughChangedAddress
        }
        others[address] = nil
        return others.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The erasure is an opt-out by the operator, whether or not there was one.
    private static func optOut(
        _ standIn: Address,
        at moment: Timestamp,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws {
        guard let hash = standIn.erasedHash else { return }
        try connection.execute(
            "INSERT INTO erased_address (hash, at) VALUES (\(hash), \(moment)) ON CONFLICT (hash) DO NOTHING"
        )
        try append(optOutOf: standIn, through: through, for: standIn, at: moment, keys: keys, in: connection)
    }

    private static func append(
        optOutOf address: Address,
        through: String,
        for standIn: Address,
        at moment: Timestamp,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws {
        let event = ConsentEvent(
            address: address,
            kind: .optOut,
            by: .operator,
            source: .erasure,
            position: nil,
            occurredAt: moment,
            receivedAt: moment,
            through: through,
            rule: .erasure
        )
        let evidence = Ledger.Evidence(reference: "erase", body: Array("erase \(standIn.text)".utf8))
        try Ledger.append(event, evidence: evidence, keys: keys, in: connection)
    }

    // MARK: What is known of

    private mutating func eraseRecords(in connection: any SQLConnection) throws {
        let text = address.text
        let found = try connection.rows(
            """
            SELECT kind, id, main_email, other_emails FROM crm_record
            WHERE instr(lower(main_email), \(text)) > 0 OR instr(lower(other_emails), \(text)) > 0
                OR (kind, id) IN (SELECT kind, id FROM record_address WHERE address = \(text))
            """
        ) {
            (kind: $0.text(0), id: $0.int(1), main: $0.text(2), others: try StoredJSON.list($0.text(3)))
        }
        for record in found {
            let isMain = Address(typed: record.main) == address
            guard isMain || record.others.contains(where: { Address(typed: $0) == address }) else { continue }
            spellings.formUnion(([record.main] + record.others).filter { Address(typed: $0) == address })
            let main = isMain ? standIn.text : record.main
            let others = record.others.map { Address(typed: $0) == address ? standIn.text : $0 }
            try connection.execute(
                """
                UPDATE crm_record SET main_email = \(main), other_emails = \(try StoredJSON.text(list: others)),
                    first_name = CASE WHEN \(isMain) THEN '' ELSE first_name END,
                    last_name = CASE WHEN \(isMain) THEN '' ELSE last_name END,
                    fields = CASE WHEN \(isMain) THEN '{}' ELSE fields END
                WHERE kind = \(record.kind) AND id = \(record.id)
                """
            )
        }
    }

    private mutating func eraseContacts(in connection: any SQLConnection) throws {
        let emails = try connection.rows("SELECT email FROM contact WHERE address = \(address.text)") { $0.text(0) }
        spellings.formUnion(emails.filter { Address(typed: $0) == address })
        try connection.execute(
            """
            UPDATE contact SET email = \(standIn.text), address = \(standIn.text), first_name = '', last_name = '',
                fields = '{}', opt_out_reason = NULL
            WHERE address = \(address.text)
            """
        )
    }

    /// Who still has the address outside, as far as it was read: also what an earlier erasure of it has left.
    private func nameHolders(into outcome: inout Outcome, in connection: any SQLConnection) throws {
        let having = try RecordMirrors.having([standIn], in: connection).map(\.mirror.record)
        outcome.records = Set(having.filter { !$0.isDeleted }.map(\.id)).sorted()
        outcome.contacts = try connection.rows(
            """
            SELECT account, id FROM contact WHERE address = \(standIn.text) AND is_deleted = 0 ORDER BY account, id
            """
        ) { Contact(account: AccountID($0.text(0)), id: ContactID($0.text(1))) }
    }

    /// Deliveries that name the address go whole, but those that are still to be decided: what they say must not be
    /// lost, and it is turned into what stands for the address when they are.
    private func eraseInbox(into outcome: inout Outcome, in connection: any SQLConnection) throws {
        let evidence = try connection.rows(
            "SELECT evidence FROM consent_event WHERE address = \(address.text) AND evidence LIKE 'inbox %'"
        ) { Int64($0.text(0).dropFirst(6)) ?? 0 }
        var ids = Set(evidence)
        for mention in DeliveryNeedles.of(spellings) {
            try connection.forEach(
                """
                SELECT id, body, headers FROM inbox
                WHERE instr(lower(CAST(body AS TEXT)), \(mention.text)) > 0
                    OR instr(lower(headers), \(mention.text)) > 0
                """
            ) { row in
                let hasIt = mention.isFound(in: row.bytes(1)) || mention.isFound(in: Array(row.text(2).utf8))
                if hasIt { ids.insert(row.int(0)) }
            }
        }
        for id in ids.sorted() {
            if try connection.value("SELECT 1 FROM inbox WHERE id = \(id) AND state = 'waiting'") != nil {
                outcome.waitingDeliveries += 1
            } else {
                try connection.execute("DELETE FROM inbox WHERE id = \(id)")
            }
        }
    }

    private func eraseEvidence(in connection: any SQLConnection) throws {
        var digests = Set(
            try connection.rows("SELECT evidence_digest FROM consent_event WHERE address = \(address.text)") {
                $0.text(0)
            }
        )
        for mention in DeliveryNeedles.of(spellings) {
            try connection.forEach(
                "SELECT digest, body FROM evidence WHERE instr(lower(CAST(body AS TEXT)), \(mention.text)) > 0"
            ) { if mention.isFound(in: $0.bytes(1)) { digests.insert($0.text(0)) } }
        }
        for digest in digests.sorted() { try KeptEvidence.eraseBody(of: digest, keys: keys, in: connection) }
    }

    private func eraseLedger(in connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE consent_event SET address = \(standIn.text), reason = NULL,
                evidence = \(LedgerEncoding.erasedReference), identity = 'erased ' || sequence
            WHERE address = \(address.text)
            """
        )
    }

    // MARK: Wherever else it stands

    /// Puts what stands for the address in its place in every column of every other table, those of later versions
    /// included.
    private func replaceEverywhere(in connection: any SQLConnection) throws {
        // Decisions that were made with the address are out of date.
        try connection.execute("UPDATE dirty SET version = version + 1 WHERE address = \(address.text)")
        let tables = try connection.rows(
            """
            SELECT m.name, c.name, c.name = 'address' FROM sqlite_master m JOIN pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND upper(c.type) IN ('TEXT', '')
            ORDER BY m.name, c.cid
            """
        ) { (table: $0.text(0), column: $0.text(1), isAddress: $0.bool(2)) }
        for (table, column, isAddress) in tables where !Self.handled.contains(table) {
            if isAddress {
                try connection.execute(
                    "UPDATE OR REPLACE \(raw: table) SET address = \(standIn.text) WHERE address = \(address.text)"
                )
            }
            for spelling in spellings.sorted() {
                try replace(AddressMention(spelling), in: table, column, in: connection)
            }
        }
    }

    private func replace(
        _ mention: AddressMention,
        in table: String,
        _ column: String,
        in connection: any SQLConnection
    ) throws {
        let texts = try connection.rows(
            """
            SELECT DISTINCT \(raw: column) FROM \(raw: table)
            WHERE instr(lower(\(raw: column)), \(mention.text)) > 0
            """
        ) { $0.text(0) }
        for text in texts {
            guard let replaced = mention.replacing(in: text, with: standIn.text) else { continue }
            try connection.execute(
                "UPDATE OR REPLACE \(raw: table) SET \(raw: column) = \(replaced) WHERE \(raw: column) = \(text)"
            )
        }
    }

    /// The tables that are erased in ways of their own, or have no address.
    private static let handled: Set<String> = [
        "consent_event", "evidence", "inbox", "ledger_head", "erased_address", "schema_migration", "secret", "token",
        "webhook_secret", "account",
    ]

    /// The opt-out is carried out on what still holds the address, and keeps the records' other addresses off the lists.
    private func mark(_ outcome: Outcome, and others: [Address], in connection: any SQLConnection) throws {
        var addresses = Set([standIn] + others)
        for mirror in try RecordMirrors.load(outcome.records, in: connection).values {
            addresses.formUnion(mirror.record.addresses)
        }
        for account in try Accounts.all(on: connection) {
            for address in addresses {
                try Dirty.mark(
                    address,
                    account: account.name,
                    lane: 1,
                    reason: ConsentRule.erasure.rawValue,
                    at: moment,
                    in: connection
                )
            }
        }
    }
}

/// The spellings that an address has in the body of a delivery: as it is, in a form, in JSON.
enum DeliveryNeedles {
    static func of(_ spellings: Set<String>) -> [AddressMention] {
        var needles: Set<String> = []
        for spelling in spellings {
            let text = spelling.lowercased()
            needles.insert(text)
            needles.insert(percentEncoded(text))
            needles.insert(text.replacing("@", with: "%40"))
            needles.insert(text.replacing("@", with: "\\u0040"))
            needles.insert(text.replacing("+", with: "\\u002b"))
            needles.insert(text.replacing("+", with: "\\u002b").replacing("@", with: "\\u0040"))
        }
        return needles.sorted().map { AddressMention($0) }
    }

    /// As a form sends it, in lower case: everything but letters, digits and `-._~` in hexadecimal.
    private static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%" + Hexadecimal.text([byte])
            }
        }
        return encoded
    }
}
