import Reconciliation

extension Intents {
    /// Whether a write for an address, or of a subject, is under way at an account or has ended since a moment.
    ///
    /// The subject tells writes to a contact that had another address then.
    package static func isRecent(
        _ address: Address,
        subject: String,
        account: AccountID,
        since moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.value(
            """
            SELECT 1 FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE i.account = \(account.rawValue) AND r.address = \(address.text)
                AND (r.is_open = 1 OR i.ended_at > \(moment.milliseconds))
            UNION ALL
            SELECT 1 FROM intent i JOIN intent_row r ON r.intent = i.id
            WHERE i.account = \(account.rawValue) AND i.state IN ('open', 'running', 'confirming')
                AND r.subject = \(subject)
            UNION ALL
            SELECT 1 FROM intent i JOIN intent_row r ON r.intent = i.id
            WHERE i.account = \(account.rawValue) AND i.ended_at > \(moment.milliseconds) AND r.subject = \(subject)
            LIMIT 1
            """
        ) != nil
    }
}
