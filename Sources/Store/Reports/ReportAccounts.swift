import Reconciliation

/// How the reports of an account are read.
package struct ReportAccount: Sendable, Hashable {
    /// When the account is asked next for what it has sent.
    package var nextSearchAt: Timestamp
    /// When it was last asked; nil before the first time.
    package var searchedAt: Timestamp?
    /// Why its reports cannot be read, in words for people; nil when they can.
    package var problem: String?

    package init(nextSearchAt: Timestamp) {
        self.nextSearchAt = nextSearchAt
    }
}

/// The accounts whose reports are read.
package enum ReportAccounts {
    /// How an account's reports are read; nil before the first time.
    package static func find(_ account: AccountID, in connection: any SQLConnection) throws -> ReportAccount? {
        try connection.first(
            "SELECT next_search_at, searched_at, problem FROM report_account WHERE account = \(account)"
        ) { row in
            var found = ReportAccount(nextSearchAt: Timestamp(milliseconds: row.int(0)))
            found.searchedAt = row.optionalInt(1).map(Timestamp.init(milliseconds:))
            found.problem = row.optionalText(2)
            return found
        }
    }

    /// Makes the reports of an account due at once.
    package static func makeDue(
        _ account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO report_account (account, next_search_at) VALUES (\(account), \(moment))
            ON CONFLICT (account) DO UPDATE SET next_search_at = excluded.next_search_at
            """
        )
    }

    /// Notes that an account was asked for what it has sent, and when it is asked next.
    ///
    /// One that was made due meanwhile stays due.
    package static func searched(
        _ account: AccountID,
        at begun: Timestamp,
        next: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO report_account (account, next_search_at, searched_at) VALUES (\(account), \(next), \(begun))
            ON CONFLICT (account) DO UPDATE SET searched_at = excluded.searched_at, problem = NULL,
                next_search_at = CASE WHEN report_account.next_search_at > \(begun) THEN report_account.next_search_at
                    ELSE excluded.next_search_at END
            """
        )
    }

    /// Notes why an account's reports cannot be read, and when it is tried again.
    package static func failed(
        _ account: AccountID,
        problem: String,
        next: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO report_account (account, next_search_at, problem) VALUES (\(account), \(next), \(problem))
            ON CONFLICT (account) DO UPDATE SET next_search_at = excluded.next_search_at, problem = excluded.problem
            """
        )
    }
}
