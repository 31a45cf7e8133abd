import Reconciliation
import Store

/// Has parked rows tried again (design §4).
package enum ParkedRetry {
    /// What was asked for, and what became of it.
    package struct Outcome: Sendable, Hashable {
        /// Rows that are decided again.
        package var retried: [Parked.Row] = []
        /// Addresses that wait for somebody's decision on a hold and were left.
        package var held: [HoldRow] = []
    }

    /// Forgets what refused the rows and has them decided again.
    ///
    /// A hold is never decided because somebody is impatient: a contact that was deleted at the provider (C9) is not
    /// created again by a retry. Addresses that are held are named, and their holds are left.
    ///
    /// - Parameters:
    ///   - held: the addresses that were asked for by name.
    ///   - isWanted: which rows.
    package static func retry(
        asking held: [Address],
        at moment: Timestamp,
        in connection: any SQLConnection,
        where isWanted: (Parked.Row) -> Bool
    ) throws -> Outcome {
        var outcome = Outcome()
        outcome.held = try Holds.rows(of: held, in: connection).filter { $0.state == .open }
        for row in try Parked.all(in: connection).filter(isWanted) {
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
