import Reconciliation

/// People who left single lists at a provider and are not put back until somebody in the CRM says so.
package enum Departures {
    /// Notes a departure; one that is noted already keeps its row.
    package static func insert(
        account: AccountID,
        list: ListID,
        address: Address,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO departure (account, list, address, at)
            VALUES (\(account.rawValue), \(list.rawValue), \(address.text), \(moment.milliseconds))
            ON CONFLICT DO NOTHING
            """
        )
    }

    /// Ends the departures of an address from the lists of a campaign: somebody changed its member or added it anew.
    package static func end(
        campaign: CampaignID,
        address: Address,
        in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            DELETE FROM departure WHERE address = \(address.text)
                AND EXISTS (SELECT 1 FROM link WHERE link.account = departure.account AND link.list = departure.list
                    AND link.campaign = \(campaign.rawValue))
            """
        )
    }

    /// Whether an address left a list of any account.
    package static func areKnown(of address: Address, in connection: any SQLConnection) throws -> Bool {
        try connection.value("SELECT 1 FROM departure WHERE address = \(address.text) LIMIT 1") != nil
    }

    /// The departures of the addresses from an account's lists.
    package static func of(
        _ addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [Address: [Departure]] {
        var found: [Address: [Departure]] = [:]
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT address, id, list FROM departure
                WHERE address IN \(list: texts) AND account = \(account.rawValue) ORDER BY id
                """
            ) { row in
                found[Address(compared: row.text(0)), default: []].append(
                    Departure(id: row.int(1), list: ListID(row.text(2)))
                )
            }
        }
        return found
    }
}
