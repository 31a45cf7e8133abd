import Reconciliation

/// The digests of the links, as the last pass found them.
package enum LinkDigests {
    /// What a pass found out about one link.
    package struct Row: Sendable, Hashable {
        package var link: LinkID
        /// The instant that the digests of the CRM's side and of the shadow speak of.
        package var asOf: Timestamp
        /// What should be at the provider: mirrors and ledger, by the rules.
        package var crm: ConvergenceDigest
        /// What the provider is known to hold.
        package var shadow: ConvergenceDigest
        /// How many addresses differ, strangers not counted.
        package var differing: Int
        /// Those of them for which there is no reason.
        package var unexplained: Int
        /// Contacts on the list whom Causeway did not put there.
        package var strangers: Int
        /// What the store had seen when the digests were made: they are made anew when it has seen more.
        package var basis: String
        package var tookMilliseconds: Int64
        /// What was read back; nil before a first verification pass.
        package var verified: Verification?

        package init(
            link: LinkID,
            asOf: Timestamp,
            crm: ConvergenceDigest,
            shadow: ConvergenceDigest,
            differing: Int,
            unexplained: Int,
            strangers: Int,
            basis: String,
            tookMilliseconds: Int64,
            verified: Verification? = nil
        ) {
            self.link = link
            self.asOf = asOf
            self.crm = crm
            self.shadow = shadow
            self.differing = differing
            self.unexplained = unexplained
            self.strangers = strangers
            self.basis = basis
            self.tookMilliseconds = tookMilliseconds
            self.verified = verified
        }

        /// Whether both sides agreed.
        package var isEqual: Bool { crm == shadow }
    }

    /// What a verification pass read back, beside the digest of the CRM's side at that time.
    package struct Verification: Sendable, Hashable {
        package var at: Timestamp
        package var provider: ConvergenceDigest
        package var crm: ConvergenceDigest

        package init(at moment: Timestamp, provider: ConvergenceDigest, crm: ConvergenceDigest) {
            self.at = moment
            self.provider = provider
            self.crm = crm
        }

        /// Whether the provider held what it should.
        package var isEqual: Bool { provider == crm }
    }

    /// An address that differs, with the reason.
    package struct Difference: Sendable, Hashable {
        package var address: Address
        /// The bounded code of the reason, such as `parked`.
        package var code: String
        /// The reason in words.
        package var text: String

        package init(address: Address, code: String, text: String) {
            self.address = address
            self.code = code
            self.text = text
        }
    }

    /// How many differing rows of a link are kept.
    package static let keptDifferences = 1_000

    /// Stores what a pass found.
    ///
    /// Without a verification of its own, the row keeps the one that is there.
    package static func save(
        _ row: Row,
        differences: [Difference],
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO link_digest (link, as_of, crm, crm_count, shadow, shadow_count, differing, unexplained,
                strangers, basis, took_ms, verified_at, provider, provider_count, verified_crm, verified_crm_count)
            VALUES (\(row.link.rawValue), \(row.asOf.milliseconds), \(row.crm.text), \(row.crm.count),
                \(row.shadow.text), \(row.shadow.count), \(row.differing), \(row.unexplained), \(row.strangers),
                \(row.basis), \(row.tookMilliseconds), \(row.verified?.at.milliseconds),
                \(row.verified?.provider.text), \(row.verified?.provider.count), \(row.verified?.crm.text),
                \(row.verified?.crm.count))
            ON CONFLICT (link) DO UPDATE SET
                as_of = excluded.as_of, crm = excluded.crm, crm_count = excluded.crm_count, shadow = excluded.shadow,
                shadow_count = excluded.shadow_count, differing = excluded.differing,
                unexplained = excluded.unexplained, strangers = excluded.strangers, basis = excluded.basis,
                took_ms = excluded.took_ms, verified_at = ifnull(excluded.verified_at, verified_at),
                provider = ifnull(excluded.provider, provider),
                provider_count = ifnull(excluded.provider_count, provider_count),
                verified_crm = ifnull(excluded.verified_crm, verified_crm),
                verified_crm_count = ifnull(excluded.verified_crm_count, verified_crm_count)
            """
        )
        try connection.execute("DELETE FROM link_difference WHERE link = \(row.link.rawValue)")
        for (position, difference) in differences.prefix(keptDifferences).enumerated() {
            try connection.execute(
                """
                INSERT INTO link_difference (link, position, address, code, text)
                VALUES (\(row.link.rawValue), \(position), \(difference.address.text), \(difference.code),
                    \(difference.text))
                """
            )
        }
    }

    /// What the last pass found about a link; nil before the first one.
    package static func find(_ link: LinkID, in connection: any SQLConnection) throws -> Row? {
        try connection.first("SELECT \(raw: columns) FROM link_digest WHERE link = \(link.rawValue)", row)
    }

    /// The addresses of a link that differed, each with its reason, at most `keptDifferences`.
    package static func differences(
        of link: LinkID,
        in connection: any SQLConnection
    ) throws -> [Difference] {
        try connection.rows(
            "SELECT address, code, text FROM link_difference WHERE link = \(link.rawValue) ORDER BY position"
        ) { Difference(address: Address(compared: $0.text(0)), code: $0.text(1), text: $0.text(2)) }
    }

    /// Forgets what was found about a link that ends.
    package static func delete(_ link: LinkID, in connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM link_digest WHERE link = \(link.rawValue)")
        try connection.execute("DELETE FROM link_difference WHERE link = \(link.rawValue)")
    }

    /// What the store has seen of a link: it changes with every write, every ledger event and every run.
    package static func basis(of link: Link, in connection: any SQLConnection) throws -> String {
        let intent = try connection.value("SELECT max(id) FROM intent") ?? 0
        let head = try Ledger.head(in: connection)
        return "\(intent) \(head) \(link.lastRunAt?.milliseconds ?? 0)"
    }

    private static let columns = """
        link, as_of, crm, crm_count, shadow, shadow_count, differing, unexplained, strangers, basis, took_ms,
        verified_at, provider, provider_count, verified_crm, verified_crm_count
        """

    private static func row(_ row: SQLRow) throws -> Row {
        Row(
            link: LinkID(row.int(0)),
            asOf: Timestamp(milliseconds: row.int(1)),
            crm: try digest(row, 2),
            shadow: try digest(row, 4),
            differing: Int(row.int(6)),
            unexplained: Int(row.int(7)),
            strangers: Int(row.int(8)),
            basis: row.text(9),
            tookMilliseconds: row.int(10),
            verified: try row.optionalInt(11).map {
                Verification(
                    at: Timestamp(milliseconds: $0),
                    provider: try digest(row, 12),
                    crm: try digest(row, 14)
                )
            }
        )
    }

    private static func digest(_ row: SQLRow, _ column: Int) throws -> ConvergenceDigest {
        guard let digest = ConvergenceDigest(text: row.text(column), count: Int(row.int(column + 1))) else {
            throw DomainError.unreadableRow(table: "link_digest", key: String(row.int(0)))
        }
        return digest
    }
}
