import Reconciliation

/// Who is on which list, and whose doing that is.
extension Contacts {
    /// Notes that Causeway put a contact on lists.
    package static func markOurs(
        _ contact: ContactID,
        lists: [ListID],
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        if lists.isEmpty { return }
        let strange: SQL = "contact = \(contact) AND list IN \(list: lists) AND is_ours = 0"
        try ContactHistory.keepLists(account: account, where: strange, at: moment, in: connection)
        try connection.execute("UPDATE contact_list SET is_ours = 1 WHERE account = \(account) AND \(strange)")
    }

    /// Has unsubscribes of Causeway's that are taken back some time taken back without some of the lists from before.
    package static func takeBack(
        _ contacts: [ContactID],
        without lists: [ListID],
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let shadows = try load(contacts, account: account, in: connection)
        for contact in contacts {
            guard var shadow = shadows[contact], let own = shadow.ownUnsubscribe,
                own.listsBefore.contains(where: lists.contains)
            else { continue }
            shadow.ownUnsubscribe?.listsBefore.removeAll(where: lists.contains)
            try save(shadow, account: account, at: moment, in: connection)
        }
    }

    /// Takes over that a write of Causeway's put a contact on lists, though it was read without them since.
    package static func put(
        _ contact: ContactID,
        on lists: [ListID],
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        for list in lists {
            try connection.execute(
                """
                INSERT INTO contact_list (account, contact, list, is_ours, confirmed_at, known_since)
                VALUES (\(account), \(contact), \(list), 1, \(moment), \(moment)) ON CONFLICT DO NOTHING
                """
            )
        }
    }

    /// Notes lists on which a contact is and a restored database does not have it.
    package static func noteUnknown(
        _ contact: ContactID,
        lists: Set<ListID>,
        account: AccountID,
        in connection: any SQLConnection
    ) throws {
        for list in lists.sorted() {
            try connection.execute(
                """
                INSERT INTO unknown_membership (account, contact, list)
                VALUES (\(account), \(contact), \(list)) ON CONFLICT DO NOTHING
                """
            )
        }
    }

    /// Takes those for Causeway's own who are on a list, unknown to a restored database, and are or were members of one
    /// of the campaigns.
    ///
    /// - Returns: their addresses.
    package static func claim(
        _ list: ListID,
        account: AccountID,
        membersOf campaigns: [CampaignID],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [Address] {
        let claimed = try connection.rows(
            """
            SELECT DISTINCT u.contact, c.address FROM unknown_membership u
            JOIN contact c ON c.account = u.account AND c.id = u.contact
            JOIN record_address a ON a.address = c.address AND a.is_main = 1
            JOIN crm_member m ON m.kind = a.kind AND m.record = a.id
            WHERE u.account = \(account) AND u.list = \(list) AND m.campaign IN \(list: campaigns)
            """
        ) { (ContactID($0.text(0)), Address(compared: $0.text(1))) }
        for (contact, _) in claimed {
            try markOurs(contact, lists: [list], account: account, at: moment, in: connection)
            try connection.execute(
                """
                DELETE FROM unknown_membership
                WHERE account = \(account) AND contact = \(contact) AND list = \(list)
                """
            )
        }
        return claimed.map(\.1)
    }

    /// Takes over that a contact was taken off lists.
    package static func removed(
        _ contact: ContactID,
        from lists: [ListID],
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let gone: SQL = "contact = \(contact) AND list IN \(list: lists)"
        try ContactHistory.keepLists(account: account, where: gone, at: moment, in: connection)
        try connection.execute("DELETE FROM contact_list WHERE account = \(account) AND \(gone)")
    }

    /// Takes over that a list is not there any more: nobody is on it.
    static func listIsGone(
        _ list: ListID,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        try ContactHistory.keepLists(account: account, where: "list = \(list)", at: moment, in: connection)
        try connection.execute("DELETE FROM contact_list WHERE account = \(account) AND list = \(list)")
    }

    /// The lists that Causeway put each of the contacts on.
    package static func ours(
        _ ids: [ContactID],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [ContactID: [ListID]] {
        var found: [ContactID: [ListID]] = [:]
        for chunk in ids.chunks(of: 500) {
            let texts = chunk.map(\.rawValue)
            try connection.forEach(
                """
                SELECT contact, list FROM contact_list
                WHERE account = \(account.rawValue) AND contact IN \(list: texts) AND is_ours = 1
                """
            ) { found[ContactID($0.text(0)), default: []].append(ListID($0.text(1))) }
        }
        return found
    }

    /// Those of the lists that the contacts with the addresses are on, where they are on any.
    package static func lists(
        _ lists: [ListID],
        of addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [Address: [ListID]] {
        var found: [Address: [ListID]] = [:]
        let names = lists.map(\.rawValue)
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT c.address, l.list FROM contact c
                JOIN contact_list l ON l.account = c.account AND l.contact = c.id AND l.list IN \(list: names)
                WHERE c.account = \(account.rawValue) AND c.address IN \(list: texts) AND c.is_deleted = 0
                """
            ) { found[Address(compared: $0.text(0)), default: []].append(ListID($0.text(1))) }
        }
        return found
    }

    /// The contacts that the shadow has on a list, with their addresses.
    package static func onList(
        _ list: ListID,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [(contact: ContactID, address: Address, isOurs: Bool)] {
        try connection.rows(
            """
            SELECT l.contact, c.address, l.is_ours FROM contact_list l
            JOIN contact c ON c.account = l.account AND c.id = l.contact
            WHERE l.account = \(account.rawValue) AND l.list = \(list.rawValue)
            """
        ) { (ContactID($0.text(0)), Address(compared: $0.text(1)), $0.bool(2)) }
    }

    /// How many contacts are on a list.
    package static func count(
        on list: ListID,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Int {
        Int(
            try connection.value(
                "SELECT count(*) FROM contact_list WHERE account = \(account.rawValue) AND list = \(list.rawValue)"
            ) ?? 0
        )
    }

    /// The addresses that Causeway has on a link's list.
    package static func addresses(ours link: Link, in connection: any SQLConnection) throws -> Set<Address> {
        Set(
            try connection.rows(
                """
                SELECT c.address FROM contact_list l JOIN contact c ON c.account = l.account AND c.id = l.contact
                WHERE l.account = \(link.account.rawValue) AND l.list = \(link.list?.rawValue ?? "") AND l.is_ours = 1
                    AND c.is_deleted = 0 AND c.address <> ''
                """
            ) { Address(compared: $0.text(0)) }
        )
    }
}
