import Reconciliation

/// Rows that cannot go, or that somebody has to decide, each with its reason.
package enum Parked {
    /// A parked row.
    package struct Row: Sendable, Hashable {
        package var account: AccountID
        package var address: String
        /// What it is about, such as `member 77120`.
        package var subject: String
        package var code: String
        package var text: String
        package var since: Timestamp
    }

    /// Makes the parked rows of an address for an account be exactly these, and keeps what they were; one that stays keeps
    /// its time.
    package static func replace(
        _ rows: [(subject: String, code: String, text: String)],
        address: String,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let present = try connection.rows(
            "SELECT subject, code, text FROM parked WHERE account = \(account.rawValue) AND address = \(address)"
        ) { (subject: $0.text(0), code: $0.text(1), text: $0.text(2)) }
        for old in present {
            let next = rows.first { $0.subject == old.subject && $0.code == old.code }
            if next?.text == old.text { continue }
            let row: SQL = """
                account = \(account) AND address = \(address) AND subject = \(old.subject) AND code = \(old.code)
                """
            try ParkedHistory.keep(where: row, at: moment, in: connection)
            if next == nil { try connection.execute("DELETE FROM parked WHERE \(row)") }
        }
        for row in rows {
            try connection.execute(
                """
                INSERT INTO parked (account, address, subject, code, text, since)
                VALUES (\(account.rawValue), \(address), \(row.subject), \(row.code), \(row.text),
                    \(moment.milliseconds))
                ON CONFLICT (account, address, subject, code) DO UPDATE SET text = excluded.text
                """
            )
        }
    }

    /// Every parked row, in order of account, address and subject.
    package static func all(in connection: any SQLConnection) throws -> [Row] {
        try connection.rows(
            "SELECT account, address, subject, code, text, since FROM parked ORDER BY account, address, subject, code"
        ) {
            Row(
                account: AccountID($0.text(0)),
                address: $0.text(1),
                subject: $0.text(2),
                code: $0.text(3),
                text: $0.text(4),
                since: Timestamp(milliseconds: $0.int(5))
            )
        }
    }

    /// Notes that a provider refused an address as it stands.
    package static func refuse(
        _ address: Address,
        account: AccountID,
        text: String,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO refusal (account, address, text, at)
            VALUES (\(account.rawValue), \(address.text), \(text), \(moment.milliseconds))
            ON CONFLICT (account, address) DO UPDATE SET text = excluded.text, at = excluded.at
            """
        )
    }

    /// Forgets refusals of an address, at one account or all: it changed, or somebody asked to try again.
    package static func forgetRefusals(
        of address: Address,
        in connection: any SQLConnection
    ) throws {
        try connection.execute("DELETE FROM refusal WHERE address = \(address.text)")
    }

    /// The refusals of the addresses at an account.
    package static func refusals(
        of addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [Address: String] {
        var found: [Address: String] = [:]
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                "SELECT address, text FROM refusal WHERE account = \(account.rawValue) AND address IN \(list: texts)"
            ) { found[Address(compared: $0.text(0))] = $0.text(1) }
        }
        return found
    }
}
