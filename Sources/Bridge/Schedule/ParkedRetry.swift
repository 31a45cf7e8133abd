import Reconciliation
import Store

/// Has parked rows tried again (design §4).
package enum ParkedRetry {
    /// What was asked for, and what became of it.
    package struct Outcome: Sendable, Hashable {
        /// Rows that are decided again.
        package var retried: [Parked.Row] = []
        /// Rows that wait for somebody's decision (rule C9) and were left.
        package var refused: [Parked.Row] = []
    }

    /// Forgets what refused the rows and has them decided again.
    ///
    /// A contact that was deleted at the provider (C9) is never created again because somebody is impatient: its rows
    /// are left.
    ///
    /// - Parameter isWanted: which rows.
    package static func retry(
        at moment: Timestamp,
        in connection: any SQLConnection,
        where isWanted: (Parked.Row) -> Bool
    ) throws -> Outcome {
        var outcome = Outcome()
        let rows = try Parked.all(in: connection).filter(isWanted)
        let waiting = Set(
            rows.filter { $0.code == ConsentRule.c9.rawValue }.map { Key(account: $0.account, address: $0.address) }
        )
        for row in rows {
            if waiting.contains(Key(account: row.account, address: row.address)) {
                outcome.refused.append(row)
                continue
            }
            outcome.retried.append(row)
            if row.address.isEmpty {
                try rereadMember(of: row, at: moment, in: connection)
                continue
            }
            let address = Address(compared: row.address)
            try Parked.forgetRefusals(of: address, in: connection)
            try Dirty.mark(
                address,
                account: row.account,
                lane: Lane.singleChanges.rawValue,
                reason: "retry",
                at: moment,
                in: connection
            )
        }
        return outcome
    }

    private struct Key: Hashable {
        var account: AccountID
        var address: String
    }

    /// A member without an address is looked at again when its campaign's records are.
    private static func rereadMember(
        of row: Parked.Row,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let version = try ConfigurationVersion.current(in: connection)
        for link in try Links.of(row.account, in: connection) {
            let isMember = try connection.value(
                """
                SELECT 1 FROM crm_member
                WHERE campaign = \(link.campaign.rawValue) AND \(row.subject) = 'member ' || id
                """
            )
            guard isMember != nil else { continue }
            try Settings.set(SettingName.rereadsRecords(link.id), to: String(version), on: connection)
            try Links.makeDue(campaign: link.campaign, at: moment, in: connection)
        }
    }
}
