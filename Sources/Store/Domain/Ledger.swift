import Reconciliation

/// The consent ledger: appended to, joined, never edited.
package enum Ledger {
    /// What proves an event: the delivery as it came, or the row that was read as canonical text.
    package struct Evidence: Sendable, Hashable {
        /// Where it came from, such as `inbox 17`, or what was read, such as `contact a7b1…`.
        package var reference: String
        /// The evidence itself, which is kept with the ledger.
        package var body: [UInt8]
        /// Whether it names an address that was erased, so that nothing but its digest is kept.
        package var namesErased: Bool

        package init(reference: String, body: [UInt8], namesErased: Bool = false) {
            self.reference = reference
            self.body = body
            self.namesErased = namesErased
        }
    }

    /// A piece of evidence as a row names it.
    package struct EvidenceReference: Sendable, Hashable {
        /// Where it came from; `erased` once the row's address was erased.
        package var reference: String
        /// The digest under which it is kept, in lower-case hexadecimal.
        package var digest: String
    }

    /// One stored event.
    package struct Row: Sendable, Hashable {
        package var sequence: Int64
        package var event: ConsentEvent
        package var evidence: EvidenceReference
    }

    /// Appends an event at the chain's end, once, and keeps its evidence.
    ///
    /// Of an address that was erased, neither the reason nor the reference is kept.
    ///
    /// - Returns: the row's sequence, or nil when the same event is on the ledger already.
    @discardableResult
    package static func append(
        _ event: ConsentEvent,
        evidence: Evidence,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> Int64? {
        var event = event
        let isErased = event.address.isErased
        let reference = isErased ? LedgerEncoding.erasedReference : evidence.reference
        if event.position == nil { event.telling = reference }
        let identity = event.identity
        guard try connection.value("SELECT 1 FROM consent_event WHERE identity = \(identity)") == nil else {
            return nil
        }
        if isErased { event.reason = nil }
        let digest = try KeptEvidence.keep(
            evidence.body,
            keys: keys,
            isErased: evidence.namesErased,
            in: connection
        )
        let head = try LedgerChain.head(in: connection)
        let sequence = try LedgerChain.next(after: head, in: connection)
        let (entry, hash) = LedgerChain.link(
            event,
            sequence: sequence,
            reference: reference,
            evidenceDigest: digest,
            after: head,
            keys: keys
        )
        try connection.execute(
            """
            INSERT INTO consent_event (sequence, address, kind, author, source, is_complaint, position, occurred_at,
                received_at, through, reason, rule, evidence, evidence_digest, identity, address_hash, disclosure,
                previous_hash, hash)
            VALUES (\(sequence), \(event.address.text), \(entry.kind), \(entry.author), \(entry.source),
                \(entry.isComplaint), \(entry.position), \(entry.occurredAt), \(entry.receivedAt), \(entry.through),
                \(event.reason), \(entry.rule), \(reference), \(digest), \(identity), \(entry.addressHash),
                \(entry.disclosure), \(head.hash), \(hash))
            """
        )
        try LedgerChain.advance(to: LedgerHead(sequence: sequence, hash: hash), keys: keys, in: connection)
        return sequence
    }

    /// Every event of an address, in the order of arrival.
    package static func events(of address: Address, in connection: any SQLConnection) throws -> [Row] {
        try connection.rows(
            "SELECT \(raw: columns) FROM consent_event WHERE address = \(address.text) ORDER BY sequence",
            row
        )
    }

    /// Opt-outs and opt-ins that arrived after a moment, in the order of arrival, at most `limit`.
    package static func events(
        since moment: Timestamp,
        limit: Int,
        in connection: any SQLConnection
    ) throws -> [Row] {
        try connection.rows(
            """
            SELECT \(raw: columns) FROM consent_event
            WHERE received_at >= \(moment.milliseconds) AND kind IN ('opt-out', 'opt-in')
            ORDER BY sequence LIMIT \(limit)
            """,
            row
        )
    }

    /// Those of the addresses of which something arrived at or after a moment.
    package static func heardOf(
        _ addresses: [Address],
        since moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        var found: Set<Address> = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT DISTINCT address FROM consent_event
                WHERE address IN \(list: texts) AND received_at >= \(moment.milliseconds)
                """
            ) { found.insert(Address(compared: $0.text(0))) }
        }
        return found
    }

    /// What stands for one address.
    package static func standing(of address: Address, in connection: any SQLConnection) throws -> Standing {
        Standing(ledger: try events(of: address, in: connection).map { ($0.sequence, $0.event) })
    }

    /// Whether an opt-out of any source stands on the address.
    package static func isOptedOut(_ address: Address, in connection: any SQLConnection) throws -> Bool {
        try connection.value("SELECT 1 FROM standing_opt_out WHERE address = \(address.text) LIMIT 1") != nil
    }

    /// The latest ledger row of the opt-outs that stand, for those of the addresses on which one stands.
    package static func latestOptOuts(
        of addresses: [Address],
        in connection: any SQLConnection
    ) throws -> [Address: Int64] {
        var found: [Address: Int64] = [:]
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                "SELECT address, max(sequence) FROM standing_opt_out WHERE address IN \(list: texts) GROUP BY address"
            ) { found[Address(compared: $0.text(0))] = $0.int(1) }
        }
        return found
    }

    /// The latest ledger row of the provider accounts' opt-outs that stand, for those of the addresses that have one.
    package static func latestProviderOptOuts(
        of addresses: [Address],
        in connection: any SQLConnection
    ) throws -> [Address: Int64] {
        var found: [Address: Int64] = [:]
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT address, max(sequence) FROM standing_opt_out
                WHERE address IN \(list: texts) AND source LIKE 'account %' GROUP BY address
                """
            ) { found[Address(compared: $0.text(0))] = $0.int(1) }
        }
        return found
    }

    /// The addresses to which mail bounces: the latest word is *undeliverable*.
    package static func undeliverable(
        among addresses: [Address],
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        var found: Set<Address> = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT address FROM consent_event
                WHERE kind IN ('undeliverable', 'deliverable') AND address IN \(list: texts)
                GROUP BY address
                HAVING max(CASE kind WHEN 'undeliverable' THEN sequence END)
                    > ifnull(max(CASE kind WHEN 'deliverable' THEN sequence END), 0)
                """
            ) { found.insert(Address(compared: $0.text(0))) }
        }
        return found
    }

    /// The ledger's row with which the person came back at a provider last (C7), for those of the addresses that have
    /// one.
    package static func latestReturns(
        of addresses: [Address],
        in connection: any SQLConnection
    ) throws -> [Address: Int64] {
        var found: [Address: Int64] = [:]
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT address, max(sequence) FROM consent_event
                WHERE kind = 'opt-in' AND rule = 'C7' AND author = 'person' AND address IN \(list: texts)
                GROUP BY address
                """
            ) { found[Address(compared: $0.text(0))] = $0.int(1) }
        }
        return found
    }

    /// The addresses on which an opt-out of this source stands.
    package static func addresses(
        optedOutBy source: ConsentSource,
        in connection: any SQLConnection
    ) throws -> [Address] {
        let candidates = try connection.rows(
            "SELECT DISTINCT address FROM consent_event WHERE source = \(source.text) ORDER BY address"
        ) { Address(compared: $0.text(0)) }
        return try candidates.filter { try standing(of: $0, in: connection).stands(source) }
    }

    /// The places at which a record's own opt-outs were lifted last by the clearing of its flag (C5, C6), by address, as
    /// far as that arrived since a moment.
    package static func lifts(
        by record: RecordID,
        since moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [(address: Address, position: Int64)] {
        try connection.rows(
            """
            SELECT address, max(position) FROM consent_event
            WHERE source = \(ConsentSource.record(record).text) AND kind = 'opt-in' AND author = 'crm'
                AND rule IN ('C5', 'C6') AND received_at >= \(moment.milliseconds) AND position IS NOT NULL
            GROUP BY address ORDER BY address
            """
        ) { (Address(compared: $0.text(0)), $0.int(1)) }
    }

    /// The row of the last opt-out of a source on an address, up to a row of the ledger; nil where there is none.
    package static func lastOptOut(
        of address: Address,
        source: ConsentSource,
        upTo row: Int64,
        in connection: any SQLConnection
    ) throws -> Int64? {
        try connection.value(
            """
            SELECT max(sequence) FROM consent_event
            WHERE address = \(address.text) AND source = \(source.text) AND kind = 'opt-out' AND sequence <= \(row)
            """
        )
    }

    /// The ledger's last row; zero for an empty ledger.
    package static func head(in connection: any SQLConnection) throws -> Int64 {
        try connection.value("SELECT max(sequence) FROM consent_event") ?? 0
    }

    static let columns = """
        sequence, address, kind, author, source, is_complaint, position, occurred_at, received_at, through, reason,
        rule, evidence, evidence_digest
        """

    static func row(_ row: SQLRow) throws -> Row {
        guard let kind = ConsentEvent.Kind(rawValue: row.text(2)), let author = Author(rawValue: row.text(3)),
            let source = ConsentSource(text: row.text(4)), let rule = ConsentRule(rawValue: row.text(11))
        else { throw DomainError.unreadableRow(table: "consent_event", key: String(row.int(0))) }
        return Row(
            sequence: row.int(0),
            event: ConsentEvent(
                address: Address(compared: row.text(1)),
                kind: kind,
                by: author,
                source: source,
                isComplaint: row.bool(5),
                position: row.optionalInt(6),
                occurredAt: row.optionalInt(7).map(Timestamp.init(milliseconds:)),
                receivedAt: Timestamp(milliseconds: row.int(8)),
                through: row.text(9),
                reason: row.optionalText(10),
                rule: rule
            ),
            evidence: EvidenceReference(reference: row.text(12), digest: row.text(13))
        )
    }
}
