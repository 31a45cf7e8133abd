import Reconciliation
import Store

/// The version of what engines are made of: accounts and mappings.
///
/// It rises with every change of them.
package enum ConfigurationVersion {
    /// The version now; zero before anything was connected.
    package static func current(in connection: any SQLConnection) throws -> Int64 {
        try Settings.text(SettingName.configurationVersion, on: connection).flatMap(Int64.init) ?? 0
    }

    /// Notes a change: a running engine is made anew.
    ///
    /// - Returns: the new version.
    @discardableResult
    package static func advance(at moment: Timestamp, in connection: any SQLConnection) throws -> Int64 {
        let version = max(moment.milliseconds, try current(in: connection) + 1)
        try Settings.set(SettingName.configurationVersion, to: String(version), on: connection)
        return version
    }

    /// Has the records behind the links of an account read again, for attributes that were not asked for before.
    ///
    /// An engine that was made before this change leaves the wish for the one that is made after it.
    package static func rereadRecords(
        of account: AccountID,
        since version: Int64,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        for link in try Links.of(account, in: connection) {
            try Settings.set(SettingName.rereadsRecords(link.id), to: String(version), on: connection)
            try Links.makeDue(campaign: link.campaign, at: moment, in: connection)
        }
    }
}
