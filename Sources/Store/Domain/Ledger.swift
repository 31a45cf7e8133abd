import Reconciliation

/// The consent ledger: appended to, joined, never edited.
package enum Ledger {
    /// What proves an event: the stored delivery or the row that was read.
    package struct Evidence: Sendable, Hashable {
        /// Where it is kept, such as `inbox 17`, or what was read, such as `contact a7b1…`.
        package var reference: String
        /// SHA-256 of it, in lower-case hexadecimal.
        package var digest: String

        package init(reference: String, digest: String) {
            self.reference = reference
            self.digest = digest
        }
    }

    /// One stored event.
    package struct Row: Sendable, Hashable {
        package var sequence: Int64
        package var event: ConsentEvent
        package var evidence: Evidence
    }

    /// Appends an event, once.
    ///
    /// - Returns: the row's sequence, or nil when the same event is on the ledger already.
    @discardableResult
    package static func append(
        _ event: ConsentEvent,
        evidence: Evidence,
        in connection: any SQLConnection
    ) throws -> Int64? {
        try connection.execute(
            """
            INSERT INTO consent_event (address, kind, author, source, is_complaint, position, occurred_at, received_at,
                through, reason, rule, evidence, evidence_digest, identity)
            VALUES (\(event.address.text), \(event.kind.rawValue), \(event.by.rawValue), \(event.source.text),
                \(event.isComplaint), \(event.position), \(event.occurredAt?.milliseconds),
                \(event.receivedAt.milliseconds), \(event.through), \(event.reason), \(event.rule.rawValue),
                \(evidence.reference), \(evidence.digest), \(event.identity))
            ON CONFLICT (identity) DO NOTHING
            """
        )
        return connection.changedRows == 0 ? nil : connection.lastInsertedID
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

    /// What stands for one address.
    package static func standing(of address: Address, in connection: any SQLConnection) throws -> Standing {
        Standing(try events(of: address, in: connection).map(\.event))
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

    /// Those of the addresses whose person came back at a provider (C7).
    package static func returned(
        among addresses: [Address],
        in connection: any SQLConnection
    ) throws -> Set<Address> {
        var found: Set<Address> = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT DISTINCT address FROM consent_event
                WHERE kind = 'opt-in' AND rule = 'C7' AND address IN \(list: texts)
                """
            ) { found.insert(Address(compared: $0.text(0))) }
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

    /// The ledger's last row; zero for an empty ledger.
    package static func head(in connection: any SQLConnection) throws -> Int64 {
        try connection.value("SELECT max(sequence) FROM consent_event") ?? 0
    }

    private static let columns = """
        sequence, address, kind, author, source, is_complaint, position, occurred_at, received_at, through, reason,
        rule, evidence, evidence_digest
        """

    private static func row(_ row: SQLRow) throws -> Row {
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
            evidence: Evidence(reference: row.text(12), digest: row.text(13))
        )
    }
}
