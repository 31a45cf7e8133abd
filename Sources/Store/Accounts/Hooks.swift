import Reconciliation

/// The hooks that services have for us.
///
/// A creation is noted before the call that makes it, since what the answer tells only once is lost with the answer
/// (mailchimp.md §9, §11b).
package enum Hooks {
    /// Notes that a hook is about to be created; an earlier creation that was never answered gives way to it.
    ///
    /// - Returns: the hook, `creating`.
    package static func begin(
        account: AccountID,
        topic: String,
        url: String,
        pathSecret: String?,
        now: Timestamp,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> Hook {
        try connection.execute(
            "DELETE FROM webhook_hook WHERE account = \(account) AND topic = \(topic) AND state = 'creating'"
        )
        let sealed: [UInt8]? = try pathSecret.map { try sealer.seal($0, account: account, name: pathName) }
        try connection.execute(
            """
            INSERT INTO webhook_hook (account, topic, url, path_secret, state, created_at)
            VALUES (\(account), \(topic), \(url), \(sealed), 'creating', \(now))
            """
        )
        return Hook(
            id: connection.lastInsertedID,
            account: account,
            topic: topic,
            url: url,
            pathSecret: pathSecret,
            state: .creating,
            createdAt: now
        )
    }

    /// Notes what the service answered to a creation: the hook is active, and the one before it retires.
    ///
    /// - Parameters:
    ///   - id: the row that `begin` made.
    ///   - remoteID: the service's id.
    ///   - signingSecret: what the service signs with; nil where it signs nothing.
    ///   - overlap: for how long deliveries of the one before are still taken, in milliseconds.
    ///   - now: the moment of the answer.
    ///   - sealer: seals the secret.
    ///   - connection: the connection.
    /// - Returns: false when the hook is not being created any more.
    package static func activateIfCreating(
        _ id: Int64,
        remoteID: String,
        signingSecret: String?,
        overlap: Int64,
        now: Timestamp,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> Bool {
        guard
            let (account, topic) = try connection.first(
                "SELECT account, topic FROM webhook_hook WHERE id = \(id) AND state = 'creating'",
                { (AccountID($0.text(0)), $0.text(1)) }
            )
        else { return false }
        try connection.execute(
            """
            UPDATE webhook_hook SET state = 'retired', problem = NULL,
                expires_at = \(Timestamp(milliseconds: now.milliseconds + overlap))
            WHERE account = \(account) AND topic = \(topic) AND state = 'active'
            """
        )
        let sealed: [UInt8]? = try signingSecret.map { try sealer.seal($0, account: account, name: signingName) }
        try connection.execute(
            """
            UPDATE webhook_hook SET state = 'active', remote_id = \(remoteID), signing_secret = \(sealed),
                problem = NULL, checked_at = \(now)
            WHERE id = \(id)
            """
        )
        try connection.execute("DELETE FROM webhook_hook WHERE account = \(account) AND expires_at <= \(now)")
        return true
    }

    /// Forgets a creation that the service refused.
    package static func abandonIfCreating(_ id: Int64, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM webhook_hook WHERE id = \(id) AND state = 'creating'")
    }

    /// Notes that an active hook has another address now; its secrets stay.
    package static func setURLIfActive(_ id: Int64, _ url: String, on connection: any SQLConnection) throws {
        try connection.execute("UPDATE webhook_hook SET url = \(url) WHERE id = \(id) AND state = 'active'")
    }

    /// Notes what a look at the service found of an account's hook of a topic.
    ///
    /// - Parameter problem: what is wrong; nil for nothing.
    package static func checked(
        account: AccountID,
        topic: String,
        problem: String?,
        at now: Timestamp,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE webhook_hook SET problem = \(problem), checked_at = \(now)
            WHERE account = \(account) AND topic = \(topic) AND state <> 'retired'
            """
        )
    }

    /// The hook that holds and the one that is being created, of an account and topic.
    package static func current(
        account: AccountID,
        topic: String,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> (active: Hook?, creating: Hook?) {
        let found = try connection.rows(
            """
            SELECT \(columns) FROM webhook_hook
            WHERE account = \(account) AND topic = \(topic) AND state <> 'retired'
            """
        ) { try hook($0, sealer) }
        return (found.first { $0.state == .active }, found.first { $0.state == .creating })
    }

    /// Every hook of an account whose deliveries are taken now, oldest first.
    ///
    /// - Throws: `KeyError.cannotUnseal` when a secret is damaged.
    package static func all(
        account: AccountID,
        now: Timestamp,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> [Hook] {
        try connection.rows(
            """
            SELECT \(columns) FROM webhook_hook
            WHERE account = \(account) AND (expires_at IS NULL OR expires_at > \(now)) ORDER BY id
            """
        ) { try hook($0, sealer) }
    }

    /// What a look at a hook found, without its secrets.
    package struct Finding: Hashable, Sendable {
        package var topic: String
        package var url: String
        package var state: HookState
        package var problem: String?
        package var checkedAt: Timestamp?
    }

    /// What is known of an account's current hooks, by topic; opens no secret.
    package static func findings(account: AccountID, on connection: any SQLConnection) throws -> [Finding] {
        try connection.rows(
            """
            SELECT topic, url, state, problem, checked_at FROM webhook_hook
            WHERE account = \(account) AND state <> 'retired' ORDER BY topic, state
            """
        ) { row in
            Finding(
                topic: row.text(0),
                url: row.text(1),
                state: HookState(rawValue: row.text(2)) ?? .creating,
                problem: row.optionalText(3),
                checkedAt: row.optionalInt(4).map { Timestamp(milliseconds: $0) }
            )
        }
    }

    private static let pathName = "hook-path"
    private static let signingName = "hook-signing"

    private static let columns: SQL = """
        id, account, topic, remote_id, url, path_secret, signing_secret, state, problem, checked_at, created_at,
        expires_at
        """

    private static func hook(_ row: SQLRow, _ sealer: Sealer) throws -> Hook {
        let account = AccountID(row.text(1))
        return Hook(
            id: row.int(0),
            account: account,
            topic: row.text(2),
            remoteID: row.optionalText(3),
            url: row.text(4),
            pathSecret: try row.optionalBytes(5).map { try sealer.openText($0, account: account, name: pathName) },
            signingSecret: try row.optionalBytes(6).map {
                try sealer.openText($0, account: account, name: signingName)
            },
            state: HookState(rawValue: row.text(7)) ?? .creating,
            problem: row.optionalText(8),
            checkedAt: row.optionalInt(9).map { Timestamp(milliseconds: $0) },
            createdAt: Timestamp(milliseconds: row.int(10)),
            expiresAt: row.optionalInt(11).map { Timestamp(milliseconds: $0) }
        )
    }
}
