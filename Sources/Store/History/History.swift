import Reconciliation

/// What the store knows of moments past.
///
/// The ledger, the intents and the holds are their own history. What the mirrors, the shadows and the parked rows were is
/// in tables beside them (`HistorySchema`), written by the functions that change them.
package enum History {
    /// The setting under which the moment stands from which on everything is kept.
    static let startSetting = "history-since"

    /// The moment from which on everything is kept; nil where it is from the first day on.
    package static func start(in connection: any SQLConnection) throws -> Timestamp? {
        try Settings.text(startSetting, on: connection).flatMap { Int64($0) }.map(Timestamp.init(milliseconds:))
    }

    /// Whether a moment lies in a time of which a restored backup knows nothing: it is between the backup's last reading
    /// and the first one after it was put back.
    package static func isBetweenBackupAndRestore(
        _ moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Bool {
        try connection.value(
            """
            SELECT 1 FROM coverage_gap WHERE cause = 'restored' AND began_at < \(moment)
                AND (ended_at IS NULL OR ended_at > \(moment)) LIMIT 1
            """
        ) != nil
    }

    /// How a thing stands in relation to a moment, by since when it is known.
    ///
    /// - Parameters:
    ///   - knownSince: nil for what an older version had read, at a time that was not noted.
    ///   - moment: the moment that is asked for.
    ///   - start: from when on everything is kept.
    /// - Returns: nil where it was not known then; otherwise whether what is kept says nothing certain of the moment.
    static func isFromBefore(knownSince: Timestamp?, at moment: Timestamp, start: Timestamp?) -> Bool? {
        if let knownSince { return knownSince <= moment ? false : nil }
        return start.map { moment < $0 } ?? false
    }
}
