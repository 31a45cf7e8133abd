import Bridge
import Reconciliation
import Store
import Synchronization

/// Whether the file has both sides as they are.
extension World {
    func checkMirrors(_ outside: Outside) throws {
        let mirrored = try database.look { connection in
            try connection.rows(
                "SELECT kind, id, lock_version, main_email, is_opted_out, is_deleted FROM crm_record ORDER BY kind, id"
            ) { row in
                (
                    RecordID(row.text(0) == "lead" ? .lead : .person, row.int(1)), row.int(2), row.text(3),
                    row.bool(4), row.bool(5)
                )
            }
        }
        for (id, version, email, isFlagged, isDeleted) in mirrored {
            guard let record = crm.record(id) else { continue }
            if record.isDeleted, isDeleted { continue }
            let main = record.mainAddress.map(history.known)
            let isMain = main?.isErased == true ? email == main?.text : email == record.mainEmail
            if record.lockVersion != version || !isMain || record.isOptedOut != isFlagged
                || record.isDeleted != isDeleted
            {
                history.wrong("the mirror of \(id) differs: version \(version), \(email), flag \(isFlagged)")
            }
        }
    }

    func checkShadows(_ outside: Outside) throws {
        for account in accounts {
            // Nobody reads a list that no link has any more; and of one from which many have gone, somebody has to say
            // first whether they have left.
            let held = try database.look { connection in
                Set(
                    try connection.rows(
                        """
                        SELECT l.list FROM hold h JOIN link l ON l.id = h.link
                        WHERE h.kind = 'departures' AND h.state IN ('open', 'dismissed') AND l.list IS NOT NULL
                        """
                    ) { ListID($0.text(0)) }
                )
            }
            let managed = Set(Set((outside.managed[account] ?? [:]).keys).subtracting(held).map(\.rawValue))
            let shadows = try database.look { connection in
                try connection.rows(
                    """
                    SELECT id, email, permission, is_deleted,
                        (SELECT group_concat(list, ' ') FROM (SELECT list FROM contact_list l
                            WHERE l.account = contact.account AND l.contact = contact.id ORDER BY list))
                    FROM contact WHERE account = \(account.rawValue) ORDER BY id
                    """
                ) { row in
                    (ContactID(row.text(0)), row.text(1), row.text(2), row.bool(3), row.optionalText(4) ?? "")
                }
            }
            for (id, email, permission, isDeleted, lists) in shadows {
                guard let contact = providers[account]?.state.withLock({ $0.contacts[id]?.contact }) else {
                    history.wrong("the shadow of \(id) at \(account) is of nobody")
                    continue
                }
                if contact.isDeleted, isDeleted { continue }
                if isOutOfSight(contact, at: account, outside) || isBackUnseen(contact, at: account, outside) {
                    continue
                }
                let there = contact.lists.map(\.rawValue).filter(managed.contains).sorted()
                let known = lists.split(separator: " ").map(String.init).filter(managed.contains)
                // Who left and came back between two readings shows nowhere; it makes no difference to anything.
                let isSame =
                    contact.permission.text == permission
                    || contact.permission.isSendable && Permission(text: permission).isSendable
                let address = contact.address.map(history.known)
                let isIts = address?.isErased == true ? email == address?.text : email == contact.email
                if !isIts || !isSame || contact.isDeleted != isDeleted
                    || there != known
                {
                    history.wrong(
                        "the shadow of \(email) at \(account) says \(permission) on \(known), and it is "
                            + "\(contact.permission.text) on \(there)"
                    )
                }
            }
        }
    }

    /// Whether a contact was away and came back between two readings, and is on none of the lists that are read.
    private func isBackUnseen(_ contact: ProviderContact, at account: AccountID, _ outside: Outside) -> Bool {
        contact.permission.isSendable && contact.address.map(history.hasLeftAnything) == true
            && contact.lists.allSatisfy { outside.managed[account]?[$0] == nil }
    }
}
