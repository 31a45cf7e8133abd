import Bridge
import Reconciliation
import Store
import Synchronization

/// Whether records that are hidden, and not gone, cost anybody their place (design §4, *Breaker*).
extension World {
    /// The records that are held for hidden, and nobody has decided on.
    func heldForHidden() throws -> Set<RecordID> {
        Set(
            try database.look { try Holds.openRows(of: .recordsHidden, link: nil, in: $0) }.compactMap(\.record)
        )
    }

    /// After a calm act by which many records cannot be read any more, all of them are held, and nobody is taken off a
    /// list for it.
    func expectNobodyIsForgotten(_ hidden: [RecordID]) {
        let addresses = crm.state.withLock { state in
            Set(hidden.compactMap { state.records[$0]?.mainAddress })
        }
        for account in accounts {
            for (list, before) in listed(at: account) {
                let theirs = before.intersection(addresses).filter { !isAboutConsent($0) }
                expect("\(theirs.count) were taken off \(list) at \(account) since their records were hidden") {
                    theirs.subtracting($0.listed(at: account)[list] ?? []).isEmpty
                }
            }
        }
        expect("\(hidden.count) records are hidden together, and that is not held") { world in
            // The process may have ended when it was told of one, or before it had looked.
            let looks = try world.database.look {
                try $0.value("SELECT count(*) FROM inbox WHERE state NOT IN ('done', 'dead')") ?? 0
            }
            let waiting = world.messages.compactMap { message -> RecordID? in
                if case .changeHinted(.record(let id)) = message.observation { id } else { nil }
            }
            return try looks > 0 || world.heldForHidden().isSuperset(of: Set(hidden).subtracting(waiting))
        }
    }

    /// What is held for hidden, or was and is left as it stands, does not count as gone.
    func checkHidden() throws {
        guard plan.hidesRecords else { return }
        let forgotten = try database.look { connection in
            try connection.rows(
                """
                SELECT r.kind || ' ' || r.id FROM crm_record r JOIN hold_row h ON h.subject = r.kind || ' ' || r.id
                WHERE h.cause LIKE 'records-hidden %' AND h.state IN ('open', 'dismissed') AND r.is_deleted = 1
                ORDER BY 1
                """
            ) { $0.text(0) }
        }
        for record in forgotten { history.wrong("\(record) is held for hidden, and counts as gone") }
    }

    private func listed(at account: AccountID) -> [ListID: Set<Address>] {
        providers[account]?.state.withLock { state in
            state.contacts.values.reduce(into: [:]) { found, held in
                guard let address = held.contact.address else { return }
                for list in held.contact.lists { found[list, default: []].insert(address) }
            }
        } ?? [:]
    }
}
