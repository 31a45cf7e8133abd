import Reconciliation

/// The connected accounts.
package enum Accounts {
    /// What connecting an account did.
    package enum Connection: Hashable, Sendable {
        case created
        /// The account was known; its cursors and everything else of it stand.
        case reconnected
    }

    /// Stores an account, or the new settings of one that is known; it is active afterwards.
    ///
    /// What is pinned stays pinned, and the time of the first connection stays.
    ///
    /// - Throws: `AccountConflict` when the name stands for something else, or a second CRM database would come in.
    package static func connect(_ account: Account, on connection: any SQLConnection) throws -> Connection {
        if account.role == .crm, let known = try crm(on: connection), known.name != account.name {
            throw AccountConflict.secondCRM(known: known.name)
        }
        guard let known = try find(account.name, on: connection) else {
            try insert(account, on: connection)
            return .created
        }
        guard known.kind == account.kind, known.role == account.role else {
            throw AccountConflict.otherKind(name: account.name, known: known.kind, found: account.kind)
        }
        if let pinned = known.pinnedID, let found = account.pinnedID, pinned != found {
            throw AccountConflict.otherPinned(
                name: account.name,
                known: known.pinnedName ?? pinned,
                found: account.pinnedName ?? found
            )
        }
        try connection.execute(
            """
            UPDATE account SET settings = \(account.settings), pinned_id = \(known.pinnedID ?? account.pinnedID),
                pinned_name = \(account.pinnedName ?? known.pinnedName), state = 'active', state_reason = NULL,
                poll_interval_ms = \(account.pollIntervalMilliseconds)
            WHERE name = \(account.name)
            """
        )
        if let source = try Coverage.source(.poll, of: account.name, in: connection) {
            // What was said since the last reading is read before anybody is added (design §3).
            try Coverage.open(
                CoverageGap(
                    account: account.name,
                    kind: .poll,
                    cause: .reconnected,
                    beganAt: source.tickAt,
                    isBaseline: true
                ),
                in: connection
            )
        }
        return .reconnected
    }

    /// One account; nil when there is none of that name.
    package static func find(_ name: AccountID, on connection: any SQLConnection) throws -> Account? {
        try connection.first("SELECT \(columns) FROM account WHERE name = \(name)", account)
    }

    /// The CRM's account; nil before one is connected.
    package static func crm(on connection: any SQLConnection) throws -> Account? {
        try connection.first("SELECT \(columns) FROM account WHERE role = 'crm'", account)
    }

    /// Every account, the CRM first, then by name.
    package static func all(on connection: any SQLConnection) throws -> [Account] {
        try connection.rows("SELECT \(columns) FROM account ORDER BY role, name", account)
    }

    /// Pins what the service calls the account, the first time that it says so.
    ///
    /// - Throws: `AccountConflict.otherPinned` when something else is pinned.
    package static func pin(
        _ name: AccountID,
        id: String,
        label: String,
        on connection: any SQLConnection
    ) throws {
        guard let known = try find(name, on: connection) else { return }
        if let pinned = known.pinnedID, pinned != id {
            throw AccountConflict.otherPinned(name: name, known: known.pinnedName ?? pinned, found: label)
        }
        try connection.execute(
            "UPDATE account SET pinned_id = \(id), pinned_name = \(label) WHERE name = \(name)"
        )
    }

    /// Notes that a call was answered: the account is active, and when it was last heard.
    package static func answered(_ name: AccountID, at moment: Timestamp, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE account SET state = 'active', state_reason = NULL,
                last_contact = max(coalesce(last_contact, 0), \(moment))
            WHERE name = \(name)
            """
        )
    }

    /// Notes that an account does not work, and why.
    package static func setState(
        _ state: AccountState,
        reason: String?,
        of name: AccountID,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE account SET state = \(state.rawValue), state_reason = \(reason) WHERE name = \(name)"
        )
    }

    /// Stores another poll interval, in milliseconds.
    package static func setPollInterval(
        _ milliseconds: Int64,
        of name: AccountID,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE account SET poll_interval_ms = \(milliseconds) WHERE name = \(name)"
        )
    }

    /// Removes an account with its secrets and tokens.
    package static func remove(_ name: AccountID, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM account WHERE name = \(name)")
    }

    private static func insert(_ account: Account, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            INSERT INTO account (\(columns)) VALUES
                (\(account.name), \(account.role.rawValue), \(account.kind), \(account.settings),
                \(account.pinnedID), \(account.pinnedName), \(account.state.rawValue), \(account.stateReason),
                \(account.lastContact), \(account.pollIntervalMilliseconds), \(account.createdAt))
            """
        )
    }

    private static let columns: SQL = """
        name, role, kind, settings, pinned_id, pinned_name, state, state_reason, last_contact, poll_interval_ms,
        created_at
        """

    private static func account(_ row: SQLRow) -> Account {
        Account(
            name: AccountID(row.text(0)),
            role: AccountRole(rawValue: row.text(1)) ?? .provider,
            kind: row.text(2),
            settings: row.text(3),
            pinnedID: row.optionalText(4),
            pinnedName: row.optionalText(5),
            state: AccountState(rawValue: row.text(6)) ?? .failing,
            stateReason: row.optionalText(7),
            lastContact: row.optionalInt(8).map { Timestamp(milliseconds: $0) },
            pollIntervalMilliseconds: row.int(9),
            createdAt: Timestamp(milliseconds: row.int(10))
        )
    }
}
