import Reconciliation
import Store

/// Whether anything may be written yet (design §8): before a first link is confirmed nothing is, on either side.
package enum FirstLink {
    /// Whether a link was ever confirmed.
    ///
    /// An opt-out is carried out also when every link has been ended since.
    package static func wasConfirmed(in connection: any SQLConnection) throws -> Bool {
        if try Links.areThere(in: connection) { return true }
        return try Settings.text(SettingName.firstLink, on: connection) != nil
    }

    /// Notes that there was a link, before it goes.
    static func note(in connection: any SQLConnection) throws {
        try Settings.set(SettingName.firstLink, to: "confirmed", on: connection)
    }
}
