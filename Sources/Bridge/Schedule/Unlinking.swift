import Reconciliation
import Store

/// Ends links: the list stays at the provider as it is, no longer managed, and consent is untouched (design §4).
package enum Unlinking {
    /// Ends a link in one step.
    ///
    /// Its addresses are decided again, for whoever was on no other link leaves the list of everybody. What was kept
    /// under the link's id goes with it, so that a later link of that id inherits nothing.
    ///
    /// - Returns: how many addresses are decided again.
    package static func unlink(_ link: Link, at moment: Timestamp, in connection: any SQLConnection) throws -> Int {
        let members = try connection.rows(
            """
            SELECT DISTINCT a.address FROM crm_member m
            JOIN record_address a ON a.kind = m.kind AND a.id = m.record AND a.is_main = 1
            WHERE m.campaign = \(link.campaign.rawValue) AND m.is_deleted = 0
            """
        ) { Address(compared: $0.text(0)) }
        let listed = try connection.rows(
            """
            SELECT DISTINCT c.address FROM contact_list l
            JOIN contact c ON c.account = l.account AND c.id = l.contact
            WHERE l.account = \(link.account.rawValue) AND l.list = \(link.list?.rawValue ?? "") AND l.is_ours = 1
                AND c.address <> ''
            """
        ) { Address(compared: $0.text(0)) }
        let addresses = Set(members).union(listed)
        try FirstLink.note(in: connection)
        try leaveOff(link, at: moment, in: connection)
        try Links.delete(link.id, in: connection)
        try Settings.set(SettingName.adopts(link.id), to: nil, on: connection)
        try Settings.set(SettingName.rereadsRecords(link.id), to: nil, on: connection)
        try Cursors.remove(source: CursorName.listWalk(link.id), account: link.account, on: connection)
        for address in addresses {
            try Dirty.mark(
                address,
                account: link.account,
                lane: Lane.bulkLoads.rawValue,
                reason: "unlink",
                at: moment,
                in: connection
            )
        }
        return addresses.count
    }

    /// Whoever Causeway unsubscribed is not put back on the list when that is taken back: it would be one of somebody
    /// else's now, and nobody wanted them on it while it was Causeway's.
    private static func leaveOff(_ link: Link, at moment: Timestamp, in connection: any SQLConnection) throws {
        guard let list = link.list else { return }
        try Contacts.takeBack(
            Contacts.unsubscribedByUs(account: link.account, in: connection),
            without: [list],
            account: link.account,
            at: moment,
            in: connection
        )
    }
}
