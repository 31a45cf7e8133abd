import Reconciliation

/// The holds: raised once for each cause, closed when the cause is gone, decided by an operator.
package enum Holds {
    /// A row that is to be held.
    package struct NewRow: Sendable {
        package var row: HeldRow
        package var address: String
        package var account: AccountID
        package var subject: String
        package var link: LinkID?
        package var choices: [HoldChoice]

        package init(
            _ row: HeldRow,
            address: String,
            account: AccountID,
            subject: String,
            link: LinkID? = nil,
            choices: [HoldChoice]
        ) {
            self.row = row
            self.address = address
            self.account = account
            self.subject = subject
            self.link = link
            self.choices = choices
        }
    }

    // MARK: Raising

    /// Raises a hold for a cause, or has it join the open one that names such causes together.
    ///
    /// A cause that is held already, or was dismissed, raises none; one that is open has its names and choices renewed.
    ///
    /// - Returns: whether a row was added.
    @discardableResult
    package static func raise(_ new: NewRow, at moment: Timestamp, in connection: any SQLConnection) throws -> Bool {
        let kind = new.row.cause.kind
        if let known = try row(of: new.row.cause, in: connection) {
            if known.state == .open { try renew(known, new, in: connection) }
            return false
        }
        let hold = try openHold(for: new, in: connection) ?? insert(new, at: moment, in: connection)
        try connection.execute(
            """
            INSERT INTO hold_row (hold, cause, address, account, subject, detail, named, keeps_off, state, since)
            VALUES (\(hold), \(new.row.cause.text), \(new.address), \(new.account.rawValue), \(new.subject),
                \(new.row.detail), \(new.row.named), \(new.row.keepsOff), 'open', \(moment))
            """
        )
        if kind.isShared {
            // One address is named as such; several are in the rows.
            try connection.execute(
                "UPDATE hold SET address = '' WHERE id = \(hold) AND address <> \(new.address)"
            )
        }
        return true
    }

    private static func openHold(for new: NewRow, in connection: any SQLConnection) throws -> Int64? {
        let kind = new.row.cause.kind
        guard kind.isShared else { return nil }
        return try connection.value(
            """
            SELECT id FROM hold WHERE kind = \(kind.rawValue) AND link IS \(new.link?.rawValue) AND state = 'open'
            """
        )
    }

    private static func insert(
        _ new: NewRow,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Int64 {
        let kind = new.row.cause.kind
        try connection.execute(
            """
            INSERT INTO hold (kind, account, link, address, detail, choices, state, raised_at)
            VALUES (\(kind.rawValue), \(new.account.rawValue), \(new.link?.rawValue), \(new.address),
                \(new.row.detail), \(try text(of: new.choices)), 'open', \(moment.milliseconds))
            """
        )
        return connection.lastInsertedID
    }

    private static func renew(_ known: HoldRow, _ new: NewRow, in connection: any SQLConnection) throws {
        if known.named != new.row.named || known.detail != new.row.detail || known.keepsOff != new.row.keepsOff {
            try connection.execute(
                """
                UPDATE hold_row SET named = \(new.row.named), detail = \(new.row.detail),
                    keeps_off = \(new.row.keepsOff) WHERE id = \(known.id)
                """
            )
        }
        try setChoices(new.choices, of: known.hold, in: connection)
    }

    /// Replaces what may be decided on an open hold.
    package static func setChoices(
        _ choices: [HoldChoice],
        of hold: Int64,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE hold SET choices = \(try text(of: choices))
            WHERE id = \(hold) AND state = 'open' AND choices <> \(try text(of: choices))
            """
        )
    }

    /// Replaces what a hold says is the matter.
    package static func setDetail(_ detail: String, of hold: Int64, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE hold SET detail = \(detail) WHERE id = \(hold) AND state = 'open'")
    }

    // MARK: Reading

    /// One hold.
    package static func find(_ id: Int64, in connection: any SQLConnection) throws -> Hold? {
        try connection.first("SELECT \(raw: columns) FROM hold WHERE id = \(id)", hold)
    }

    /// Holds, oldest first: those that nobody has decided, or all that ever were.
    package static func all(isOpen: Bool, in connection: any SQLConnection) throws -> [Hold] {
        let filter: SQL = isOpen ? "WHERE state = 'open'" : ""
        return try connection.rows("SELECT \(raw: columns) FROM hold \(filter) ORDER BY id", hold)
    }

    /// The rows of a hold, in order.
    package static func rows(of hold: Int64, in connection: any SQLConnection) throws -> [HoldRow] {
        try connection.rows("SELECT \(raw: rowColumns) FROM hold_row WHERE hold = \(hold) ORDER BY id", row)
    }

    /// Whether a cause was ever held, and was not over before a moment.
    package static func wasHeld(
        _ cause: HoldCause,
        since moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.value(
            """
            SELECT 1 FROM hold_row
            WHERE cause = \(cause.text) AND (over_at IS NULL OR over_at >= \(moment.milliseconds)) LIMIT 1
            """
        ) != nil
    }

    /// Whether a hold of a kind on a link is undecided.
    package static func isOpen(
        _ kind: HoldKind,
        of link: LinkID?,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.value(
            "SELECT 1 FROM hold WHERE kind = \(kind.rawValue) AND link IS \(link?.rawValue) AND state = 'open' LIMIT 1"
        ) != nil
    }

    /// The undecided rows of a kind on a link.
    package static func openRows(
        of kind: HoldKind,
        link: LinkID?,
        in connection: any SQLConnection
    ) throws -> [HoldRow] {
        let holds = try connection.rows(
            "SELECT id FROM hold WHERE kind = \(kind.rawValue) AND link IS \(link?.rawValue) AND state = 'open'"
        ) { $0.int(0) }
        return try holds.flatMap { try rows(of: $0, in: connection) }.filter { $0.state == .open }
    }

    /// Adds a row to a hold that was approved: what the approval brings about needs no second one.
    package static func addApproved(
        _ cause: HoldCause,
        to row: HoldRow,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO hold_row (hold, cause, address, account, subject, named, keeps_off, state, since)
            VALUES (\(row.hold), \(cause.text), \(row.address), \(account.rawValue), \(row.subject), 0, 0, 'approved',
                \(moment))
            ON CONFLICT DO NOTHING
            """
        )
    }

    /// The row of a cause that is undecided, at work or dismissed.
    package static func row(of cause: HoldCause, in connection: any SQLConnection) throws -> HoldRow? {
        try connection.first(
            """
            SELECT \(raw: rowColumns) FROM hold_row
            WHERE cause = \(cause.text) AND state IN ('open', 'approved', 'dismissed')
            """,
            row
        )
    }

    /// The rows of the addresses that are undecided, at work or dismissed.
    package static func rows(
        of addresses: [Address],
        account: AccountID? = nil,
        in connection: any SQLConnection
    ) throws -> [HoldRow] {
        var found: [HoldRow] = []
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            let filter: SQL = account.map { "AND account = \($0.rawValue)" } ?? ""
            found += try connection.rows(
                """
                SELECT \(raw: rowColumns) FROM hold_row
                WHERE address IN \(list: texts) AND state IN ('open', 'approved', 'dismissed') \(filter) ORDER BY id
                """,
                row
            )
        }
        return found
    }

    /// The rows of an account whose approval asks for a call that has not ended.
    package static func effects(of account: AccountID, in connection: any SQLConnection) throws -> [HoldRow] {
        try connection.rows(
            """
            SELECT \(raw: rowColumns) FROM hold_row
            WHERE effect_account = \(account.rawValue) AND effect IN ('pending', 'started') ORDER BY id
            """,
            row
        )
    }

    // MARK: Ending

    /// Ends a row: its cause is gone, or what was approved is done.
    ///
    /// A hold that nobody has decided is closed with its last row.
    package static func end(
        _ row: HoldRow,
        as state: HoldRow.State,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE hold_row SET state = \(state.rawValue), over_at = \(moment) WHERE id = \(row.id)"
        )
        try connection.execute(
            """
            UPDATE hold SET state = 'closed', ended_at = \(moment.milliseconds)
            WHERE id = \(row.hold) AND state = 'open'
                AND NOT EXISTS (SELECT 1 FROM hold_row WHERE hold = \(row.hold) AND state = 'open')
            """
        )
    }

    /// Ends whatever there is of a cause, a dismissal included: the next one of its key is another one.
    package static func forget(_ cause: HoldCause, at moment: Timestamp, in connection: any SQLConnection) throws {
        guard let row = try row(of: cause, in: connection) else { return }
        try end(row, as: row.state == .approved ? .done : .gone, at: moment, in: connection)
    }

    /// What is held about a record is named by the address that it has now.
    package static func move(
        rowsOf record: RecordID,
        to address: Address,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO hold_row_history (hold_row, until, address)
            SELECT id, \(moment), address FROM hold_row
            WHERE subject = \(record.description) AND state IN ('open', 'approved', 'dismissed')
                AND address <> \(address) AND (since IS NULL OR since < \(moment))
                AND NOT EXISTS (
                    SELECT 1 FROM hold_row_history h WHERE h.hold_row = hold_row.id AND h.until >= \(moment))
            """
        )
        // Several are in the rows; one is named on the hold, too.
        try connection.execute(
            """
            UPDATE hold SET address = \(address.text) WHERE state = 'open' AND address <> '' AND id IN (
                SELECT hold FROM hold_row WHERE subject = \(record.description) AND state = 'open')
            """
        )
        try connection.execute(
            """
            UPDATE hold_row SET address = \(address.text)
            WHERE subject = \(record.description) AND state IN ('open', 'approved', 'dismissed')
            """
        )
    }

    /// A cause that goes on is told by another key now.
    package static func follow(_ old: HoldCause, as new: HoldCause, in connection: any SQLConnection) throws {
        if old == new { return }
        try connection.execute(
            """
            UPDATE hold_row SET cause = \(new.text)
            WHERE cause = \(old.text) AND state IN ('open', 'approved', 'dismissed')
            """
        )
    }

    /// An operator's decision on an open hold and its open rows; nil leaves things as they stand.
    package static func decide(
        _ id: Int64,
        choice: HoldChoice?,
        note: String?,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let state: HoldRow.State = choice == nil ? .dismissed : .approved
        try connection.execute(
            """
            UPDATE hold SET state = \(state.rawValue), choice = \(choice?.rawValue), note = \(note),
                ended_at = \(moment.milliseconds) WHERE id = \(id) AND state = 'open'
            """
        )
        try connection.execute(
            "UPDATE hold_row SET state = \(state.rawValue) WHERE hold = \(id) AND state = 'open'"
        )
    }

    /// Notes how far the call is that an approval asks for.
    package static func setEffect(
        _ effect: HoldRow.Effect,
        result: String? = nil,
        account: AccountID? = nil,
        of row: Int64,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            UPDATE hold_row SET effect = \(effect.rawValue), result = \(result),
                effect_account = coalesce(\(account?.rawValue), effect_account, account) WHERE id = \(row)
            """
        )
    }

    // MARK: Rows

    private static let columns = """
        id, kind, account, link, address, detail, choices, state, raised_at, ended_at, choice, note
        """
    static let rowColumns = """
        id, hold, cause, address, account, subject, detail, named, keeps_off, state, effect, result
        """
    static let prefixedRowColumns = """
        r.id, r.hold, r.cause, r.address, r.account, r.subject, r.detail, r.named, r.keeps_off, r.state, r.effect,
        r.result
        """

    private static func text(of choices: [HoldChoice]) throws -> String {
        try StoredJSON.text(list: choices.map(\.rawValue))
    }

    private static func hold(_ row: SQLRow) throws -> Hold {
        guard let kind = HoldKind(rawValue: row.text(1)), let state = Hold.State(rawValue: row.text(7)) else {
            throw DomainError.unreadableRow(table: "hold", key: String(row.int(0)))
        }
        return Hold(
            id: row.int(0),
            kind: kind,
            account: row.optionalText(2).map { AccountID($0) },
            link: row.optionalInt(3).map { LinkID($0) },
            address: row.text(4),
            detail: row.optionalText(5),
            choices: try StoredJSON.list(row.text(6)).compactMap(HoldChoice.init(rawValue:)),
            state: state,
            raisedAt: Timestamp(milliseconds: row.int(8)),
            endedAt: row.optionalInt(9).map(Timestamp.init(milliseconds:)),
            choice: row.optionalText(10).flatMap(HoldChoice.init(rawValue:)),
            note: row.optionalText(11)
        )
    }

    static func row(_ row: SQLRow) throws -> HoldRow {
        guard let cause = HoldCause(text: row.text(2)), let state = HoldRow.State(rawValue: row.text(9)) else {
            throw DomainError.unreadableRow(table: "hold_row", key: String(row.int(0)))
        }
        return HoldRow(
            id: row.int(0),
            hold: row.int(1),
            cause: cause,
            address: row.text(3),
            account: AccountID(row.text(4)),
            subject: row.text(5),
            detail: row.optionalText(6),
            named: row.int(7),
            keepsOff: row.bool(8),
            state: state,
            effect: row.optionalText(10).flatMap(HoldRow.Effect.init(rawValue:)),
            result: row.optionalText(11)
        )
    }
}
