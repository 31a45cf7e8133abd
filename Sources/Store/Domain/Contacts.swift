import Reconciliation

/// The shadow of what each provider account holds: written only from an answer, or from a read.
package enum Contacts {
    /// The shadows of the account's contacts with these addresses; where several have one, the one not deleted.
    package static func having(
        _ addresses: [Address],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [Address: ContactShadow] {
        var found: [Address: ContactShadow] = [:]
        var byID: [ContactID: Address] = [:]
        for chunk in addresses.chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach(
                """
                SELECT \(raw: columns), address FROM contact
                WHERE account = \(account.rawValue) AND address IN \(list: texts)
                """
            ) { row in
                let shadow = try shadow(row)
                let address = Address(compared: row.text(16))
                if let other = found[address], !other.contact.isDeleted, shadow.contact.isDeleted { return }
                found[address] = shadow
                byID[shadow.contact.id] = address
            }
        }
        try loadLists(of: Array(byID.keys), account: account, in: connection) { contact, list in
            if let address = byID[contact], found[address]?.contact.id == contact {
                found[address]?.contact.lists.insert(list)
            }
        }
        return found
    }

    /// The shadows of the given contacts.
    package static func load(
        _ ids: [ContactID],
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [ContactID: ContactShadow] {
        var found: [ContactID: ContactShadow] = [:]
        for chunk in ids.chunks(of: 500) {
            let texts = chunk.map(\.rawValue)
            try connection.forEach(
                "SELECT \(raw: columns) FROM contact WHERE account = \(account.rawValue) AND id IN \(list: texts)"
            ) { row in
                let shadow = try shadow(row)
                found[shadow.contact.id] = shadow
            }
        }
        try loadLists(of: Array(found.keys), account: account, in: connection) { contact, list in
            found[contact]?.contact.lists.insert(list)
        }
        return found
    }

    /// Stores a shadow, and keeps what is told of what it was.
    ///
    /// Its list memberships are replaced when the contact was read with its lists; a membership that was Causeway's
    /// stays so. An account has one contact for an address: another that had it is no longer found by it, since it must
    /// have got another one that nobody has read yet.
    package static func save(
        _ shadow: ContactShadow,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let contact = shadow.contact
        try ContactHistory.keep(before: contact, account: account, at: moment, in: connection)
        try connection.execute(
            """
            INSERT INTO contact (account, id, email, address, permission, opt_out_by, opt_out_at, opt_out_reason,
                opt_in_by, opt_in_at, first_name, last_name, fields, is_deleted, own_unsubscribe,
                changed_at, bounce, known_since)
            VALUES (\(account.rawValue), \(contact.id.rawValue), \(contact.email), \(contact.address?.text ?? ""),
                \(contact.permission.text), \(contact.optOutBy.text), \(contact.optOutAt?.milliseconds),
                \(contact.optOutReason), \(contact.optInBy.text), \(contact.optInAt?.milliseconds),
                \(contact.firstName), \(contact.lastName), \(try StoredJSON.text(fields: contact.fields)),
                \(contact.isDeleted), \(try shadow.ownUnsubscribe.map { try StoredJSON.text($0) }),
                \(contact.changedAt?.milliseconds), \(contact.bounce?.rawValue), \(moment))
            ON CONFLICT (account, id) DO UPDATE SET
                email = excluded.email, address = excluded.address, permission = excluded.permission,
                opt_out_by = excluded.opt_out_by, opt_out_at = excluded.opt_out_at,
                opt_out_reason = excluded.opt_out_reason, opt_in_by = excluded.opt_in_by,
                opt_in_at = excluded.opt_in_at, first_name = excluded.first_name, last_name = excluded.last_name,
                fields = excluded.fields, is_deleted = excluded.is_deleted, own_unsubscribe = excluded.own_unsubscribe,
                changed_at = excluded.changed_at, bounce = excluded.bounce
            """
        )
        if let address = contact.address, !contact.isDeleted {
            try displace(othersThan: contact.id, from: address, account: account, at: moment, in: connection)
        }
        guard contact.listsWereRead else { return }
        let present = contact.lists.map(\.rawValue).sorted()
        let gone = try connection.rows(
            """
            SELECT list FROM contact_list
            WHERE account = \(account) AND contact = \(contact.id) AND list NOT IN \(list: present)
            """
        ) { ListID($0.text(0)) }
        if !gone.isEmpty { try removed(contact.id, from: gone, account: account, at: moment, in: connection) }
        for list in present {
            try connection.execute(
                """
                INSERT INTO contact_list (account, contact, list, is_ours, confirmed_at, known_since)
                VALUES (\(account.rawValue), \(contact.id.rawValue), \(list), 0, \(moment.milliseconds),
                    \(moment))
                ON CONFLICT (account, contact, list) DO UPDATE SET confirmed_at = excluded.confirmed_at
                """
            )
        }
    }

    private static func displace(
        othersThan contact: ContactID,
        from address: Address,
        account: AccountID,
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws {
        let others = try connection.rows(
            """
            SELECT id FROM contact
            WHERE account = \(account) AND address = \(address) AND id <> \(contact) AND is_deleted = 0
            """
        ) { ContactID($0.text(0)) }
        if others.isEmpty { return }
        try ContactHistory.keep(others, account: account, ifChanged: "address <> ''", at: moment, in: connection)
        try connection.execute(
            "UPDATE contact SET address = '' WHERE account = \(account) AND id IN \(list: others)"
        )
    }

    /// The contacts of an account that are no longer found by the address they had, since another one has it now: each
    /// must have got one that nobody has read yet.
    package static func displaced(account: AccountID, in connection: any SQLConnection) throws -> [ContactID] {
        try connection.rows(
            """
            SELECT id, email FROM contact
            WHERE account = \(account.rawValue) AND address = '' AND is_deleted = 0 AND email <> '' ORDER BY id
            """
        ) { (ContactID($0.text(0)), $0.text(1)) }
        .filter { Address(typed: $1) != nil }.map(\.0)
    }

    /// The ids of the account's contacts that Causeway unsubscribed, and has not taken back.
    package static func unsubscribedByUs(
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> [ContactID] {
        try connection.rows(
            "SELECT id FROM contact WHERE account = \(account) AND own_unsubscribe IS NOT NULL ORDER BY id"
        ) { ContactID($0.text(0)) }
    }

    /// The ids of the account's contacts that are known as unsubscribed, or as not having confirmed their return yet.
    ///
    /// Who is not found among the unsubscribed any more may have come back.
    package static func unsubscribed(
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Set<ContactID> {
        Set(
            try connection.rows(
                """
                SELECT id FROM contact
                WHERE account = \(account.rawValue) AND permission IN ('unsubscribed', 'pending_confirmation')
                    AND is_deleted = 0
                """
            ) { ContactID($0.text(0)) }
        )
    }

    private static func loadLists(
        of contacts: [ContactID],
        account: AccountID,
        in connection: any SQLConnection,
        _ body: (ContactID, ListID) -> Void
    ) throws {
        for chunk in contacts.chunks(of: 500) {
            let texts = chunk.map(\.rawValue)
            try connection.forEach(
                """
                SELECT contact, list FROM contact_list
                WHERE account = \(account.rawValue) AND contact IN \(list: texts)
                """
            ) { body(ContactID($0.text(0)), ListID($0.text(1))) }
        }
    }

    private static let columns = """
        id, email, permission, opt_out_by, opt_out_at, opt_out_reason, opt_in_by, opt_in_at, first_name, last_name,
        fields, is_deleted, own_unsubscribe, account, changed_at, bounce
        """

    private static func shadow(_ row: SQLRow) throws -> ContactShadow {
        ContactShadow(
            contact: ProviderContact(
                id: ContactID(row.text(0)),
                email: row.text(1),
                permission: Permission(text: row.text(2)),
                optOutBy: ContactActor(text: row.text(3)),
                optOutAt: row.optionalInt(4).map(Timestamp.init(milliseconds:)),
                optOutReason: row.optionalText(5),
                optInBy: ContactActor(text: row.text(6)),
                optInAt: row.optionalInt(7).map(Timestamp.init(milliseconds:)),
                firstName: row.text(8),
                lastName: row.text(9),
                fields: try StoredJSON.fields(row.text(10)),
                isDeleted: row.bool(11),
                changedAt: row.optionalInt(14).map(Timestamp.init(milliseconds:)),
                bounce: row.optionalText(15).flatMap(ContactBounce.init(rawValue:))
            ),
            ownUnsubscribe: try row.optionalText(12).map { try StoredJSON.value(OwnUnsubscribe.self, from: $0) }
        )
    }
}

extension ContactActor {
    /// The stored spelling.
    var text: String {
        switch self {
        case .contact: "contact"
        case .account: "account"
        case .unknown: "unknown"
        case .unnamed: "unnamed"
        }
    }

    /// Reads the stored spelling.
    init(text: String) {
        switch text {
        case "contact": self = .contact
        case "account": self = .account
        case "unnamed": self = .unnamed
        default: self = .unknown
        }
    }
}
