import Bridge
import Reconciliation
import Store
import Synchronization

/// Whether the breaker holds what is unusual, and nothing else (design §4).
extension World {
    // MARK: Calls

    /// A change is about to be handed over.
    func breakerSees(_ change: BulkChange, at account: AccountID) {
        switch change {
        case .remove(let contacts, let lists):
            for list in lists { breakerSees(contacts, leaving: list, at: account) }
        case .upsert(let rows, _):
            let emptied = rows.compactMap { row -> Address? in
                guard row.fields[Self.town] == "", let held = providers[account]?.contact(row.email) else { return nil }
                return held.fields[Self.town]?.isEmpty == false ? held.address : nil
            }
            if emptied.isEmpty { return }
            let count = runs.note(emptied, of: Runs.Place(account: account, list: nil), at: clock.now)
            // They are judged with one list each, whichever it is.
            let limit = limit(ofList: nil, at: account) * Self.campaigns.count
            if count > limit {
                history.wrong("\(count) within a day have fields emptied at \(account), and nobody allowed that")
            }
        }
    }

    private func breakerSees(_ contacts: [ContactReference], leaving list: ListID, at account: AccountID) {
        guard let provider = providers[account] else { return }
        let (name, present) = provider.state.withLock { state in
            (
                state.lists[list]?.name,
                contacts.filter { state.contacts[$0.id]?.contact.lists.contains(list) == true }.map(\.address)
            )
        }
        // Who is on no other list leaves that of everybody, which is not judged.
        if name == Self.master { return }
        let count = runs.note(
            present.filter { !isAboutConsent($0) },
            of: Runs.Place(account: account, list: list),
            at: clock.now
        )
        if count > limit(ofList: list, at: account) {
            history.wrong("\(count) within a day are taken off \(list) at \(account), and nobody allowed that")
        }
    }

    /// How many rows a day are usual at the most, by everybody who was ever on the list.
    private func limit(ofList list: ListID?, at account: AccountID) -> Int {
        let size = providers[account]?.state.withLock { state in
            state.contacts.values.count { held in
                list.map { state.put[held.contact.id]?.contains($0) == true || held.contact.lists.contains($0) } ?? true
            }
        }
        let passed = list.map { runs.count(of: Runs.Place(account: account, list: $0)) } ?? 0
        return plan.breaker.limit(ofList: (size ?? 0) + passed)
    }

    /// Whether an address may leave lists because of something that was said about it, which is never judged.
    func isAboutConsent(_ address: Address) -> Bool {
        if history.wasEverSaid(of: address) { return true }
        let kin = history.kin(of: address)
        return crm.state.withLock { state in
            state.records.values.contains { record in
                !kin.isDisjoint(with: record.addresses) && state.flagChanges[record.id]?.isEmpty == false
            }
        }
    }

    // MARK: Holds

    /// An operator has decided on a hold: what it names may go.
    func runsAreReleased(by hold: Hold, _ choice: HoldChoice) throws {
        guard choice == .release else { return }
        runs.release(
            try database.look { try Holds.rows(of: hold.id, in: $0) }.map { Address(compared: $0.address) }
        )
    }

    /// After a calm act by which more leave a campaign than is usual, nobody does before somebody says so: a run is held
    /// in whole.
    func expectHeld(_ addresses: [Address], leaving campaign: CampaignID) {
        for link in linksToLookAt() where link.campaign == campaign {
            guard let list = link.list else { continue }
            let before = on(list, of: link.account)
            let leaving = Set(addresses).intersection(before).filter { address in
                !isAboutConsent(address) && !runs.isReleased(address)
                    && !isOnCampaign(address, campaign)
            }
            guard leaving.count > limit(ofList: list, at: link.account) else { continue }
            expect("\(leaving.count) left campaign \(campaign) at once and were taken off \(list) unasked") { world in
                leaving.subtracting(world.on(list, of: link.account)).allSatisfy { world.isAboutConsent($0) }
            }
        }
    }

    private func linksToLookAt() -> [Link] {
        do { return try links() } catch {
            history.wrong("the links cannot be looked at: \(error)")
            return []
        }
    }

    /// Nobody is taken off a list by what comes to a calm world until its next rest, whether put back since or not.
    func expectNobodyLeaves(_ reason: String) {
        let sizes = crm.state.withLock { state in
            Dictionary(grouping: state.members.values.filter { !$0.isDeleted }, by: \.campaign).mapValues(\.count)
        }
        // Of so few it is believed.
        guard sizes.values.allSatisfy({ $0 >= 3 }) else { return }
        let before = removals
        expect("\(reason) took people off their lists") { $0.removals == before }
    }

    private func on(_ list: ListID, of account: AccountID) -> Set<Address> {
        providers[account]?.state.withLock { state in
            Set(state.contacts.values.map(\.contact).filter { $0.lists.contains(list) }.compactMap(\.address))
        } ?? []
    }

    private func isOnCampaign(_ address: Address, _ campaign: CampaignID) -> Bool {
        crm.state.withLock { state in
            state.members.values.contains { member in
                member.campaign == campaign && !member.isDeleted
                    && state.statuses[member.statusID]?.text != "Unsubscribed"
                    && member.record.flatMap { state.records[$0] }?.mainAddress == address
            }
        }
    }

    /// The lists of an account that an address stays on since the breaker holds its removal, or somebody has dismissed
    /// that.
    func listsHeld(of address: Address, at account: AccountID) throws -> Set<ListID> {
        guard plan.isCrowded else { return [] }
        return Set(
            try database.look { connection in
                try connection.rows(
                    """
                    SELECT l.list FROM hold_row r JOIN hold h ON h.id = r.hold
                    JOIN link l ON r.cause LIKE 'removals ' || l.id || ' %'
                    WHERE r.address = \(history.known(address).text) AND l.account = \(account.rawValue)
                        AND l.list IS NOT NULL AND r.state IN ('open', 'dismissed')
                    """
                ) { ListID($0.text(0)) }
            }
        )
    }

    // MARK: In the end

    /// What the breaker let pass is carried out, what it holds is not.
    func checkTowns(_ outside: Outside) throws {
        guard plan.isCrowded else { return }
        let held = try database.look { connection in
            Set(
                try connection.rows(
                    "SELECT address FROM hold_row WHERE cause LIKE 'wipes %' AND state IN ('open', 'dismissed')"
                ) { Address(compared: $0.text(0)) }
            )
        }
        for address in outside.addresses.sorted(by: { $0.text < $1.text }) where !held.contains(address) {
            // Of several records one is chosen; that is not this check's.
            let records = outside.records(having: address)
            guard records.count == 1, records[0].mainAddress == address, !history.isOptedOut(address) else { continue }
            for account in accounts {
                guard let contact = providers[account]?.contact(address.text), contact.permission.isSendable,
                    !contact.isDeleted, !history.isRefused(address),
                    contact.lists.contains(where: { outside.managed[account]?[$0] != nil }),
                    try isWantedSomewhere(address, at: account, outside)
                else { continue }
                let (wanted, found) = (records[0].fields[Self.town] ?? "", contact.fields[Self.town] ?? "")
                if wanted != found {
                    history.wrong("\(address.text) has the town “\(found)” at \(account), and “\(wanted)” in the CRM")
                }
            }
        }
    }

    private func isWantedSomewhere(_ address: Address, at account: AccountID, _ outside: Outside) throws -> Bool {
        let wanted = outside.wanted(address, at: account, isUndeliverable: history.isUndeliverable(address)) {
            history.hasLeft(address, list: $0, at: account)
        }
        return !wanted.must.isEmpty
    }

    /// No more people than usual are marked to have left a list within a day, without anybody's word.
    func checkDepartures() throws {
        guard plan.isCrowded else { return }
        let found = try database.look { connection in
            try connection.rows("SELECT account, list, address, at FROM departure ORDER BY at") { row in
                (
                    place: Runs.Place(account: AccountID(row.text(0)), list: ListID(row.text(1))),
                    address: Address(compared: row.text(2)), at: row.int(3)
                )
            }
        }.filter { !runs.isReleased($0.address) }
        for last in found {
            guard let list = last.place.list else { continue }
            let day = found.filter { $0.place == last.place && $0.at <= last.at && $0.at > last.at - 82_800_000 }
            let count = Set(day.map(\.address)).count
            guard count > limit(ofList: list, at: last.place.account) else { continue }
            history.wrong("\(count) are said to have left \(list) within a day, and nobody allowed that")
        }
    }
}
