import Bridge
import Reconciliation
import Store
import Synchronization

/// What happens to many at once, in crowded lives (design §4, *Breaker*).
extension World {
    /// The attribute that a blank value clears at the providers.
    static let town = "town"

    /// Enough people with addresses of their own, each with a town.
    func settleMany() {
        for _ in 1...(plan.seed % 4 == 1 || plan.hidesRecords ? 12 : 4) { addRecordWithItsOwnAddress() }
        crm.state.withLock { state in
            for id in state.records.keys { state.records[id]?.fields = [Self.town: "Town of \(id)"] }
        }
    }

    /// An operator maps the attribute.
    func mapTowns() async throws {
        let accounts = accounts
        try await store.database.write { connection in
            for account in accounts {
                _ = try Mappings.insert(
                    FieldMapping(attribute: Self.town, field: Self.town, clears: true),
                    fieldID: Self.town,
                    account: account,
                    in: connection
                )
            }
        }
    }

    func manyAct() {
        if acts.happens(25), heldPersonOptsOut() { return }
        switch acts.below(100) {
        case 0..<35: membersLeaveAtOnce()
        case 35..<55: fieldsAreEmptied()
        case 55..<65: fieldsAreFilled()
        case 65..<75: membersComeBack()
        case 75..<85: contactsLeaveAtOnce()
        case 85..<95:
            // Until somebody has put the permission right.
            crm.state.withLock { $0.blindScans = 100 }
            expectNobodyLeaves("scans of members that found nobody")
            note("scans of members will find nobody")
        default:
            let account = somebodysAccount
            providers[account]?.state.withLock { $0.blindWalks += 1 }
            note("the next walk at \(account) will find nobody")
        }
    }

    /// Somebody opts out whose removal from a list the breaker holds.
    private func heldPersonOptsOut() -> Bool {
        // Outside every transaction, so it can be asked at any call.
        let held: [Address]
        do {
            held = try database.look { connection in
                try connection.rows(
                    "SELECT DISTINCT address FROM hold_row WHERE cause LIKE 'removals %' AND state = 'open' ORDER BY 1"
                ) { Address(compared: $0.text(0)) }
            }
        } catch {
            history.wrong("what is held cannot be looked at: \(error)")
            return false
        }
        if held.isEmpty { return false }
        guard let record = someRecord(where: { !$0.isOptedOut && $0.mainAddress.map(held.contains) == true }) else {
            return false
        }
        flagIsSet(of: record)
        return true
    }

    /// Several members of a campaign are removed, or get the leaving status.
    private func membersLeaveAtOnce() {
        let campaign = acts.pick(Self.campaigns.keys.sorted())
        let leaving = crm.status("Unsubscribed", of: campaign)
        let removes = leaving <= 0 || acts.happens(60)
        let members = crm.state.withLock { state in
            state.members.values.filter {
                $0.campaign == campaign && !$0.isDeleted && (removes || $0.statusID != leaving)
            }.sorted { $0.id < $1.id }
        }
        let all = Array(members.shuffled(using: &acts).prefix(1 + acts.below(8)))
        for member in all {
            crm.edit(member.id) { member in if removes { member.isDeleted = true } else { member.statusID = leaving } }
        }
        if all.isEmpty { return }
        note("\(all.count) members of campaign \(campaign) \(removes ? "are removed" : "become Unsubscribed")")
        hint(.member(all[0].id))
        let records = crm.state.withLock { $0.records }
        expectHeld(all.compactMap { $0.record.flatMap { records[$0]?.mainAddress } }, leaving: campaign)
    }

    private func membersComeBack() {
        let campaign = acts.pick(Self.campaigns.keys.sorted())
        let (records, present) = crm.state.withLock { state in
            (
                state.records.values.filter { !$0.isDeleted }.map(\.id).sorted(),
                Set(state.members.values.filter { $0.campaign == campaign && !$0.isDeleted }.compactMap(\.record))
            )
        }
        for record in records where !present.contains(record) && acts.happens(60) { join(record, campaign) }
        note("whoever is not in campaign \(campaign) joins it, or many of them")
    }

    private func fieldsAreEmptied() {
        let records = crm.state.withLock { state in
            state.records.values.filter { !$0.isDeleted && $0.fields[Self.town]?.isEmpty == false }
                .sorted { $0.id < $1.id }
        }
        let all = records.shuffled(using: &acts).prefix(1 + acts.below(6))
        for record in all { crm.edit(record.id) { $0.fields[Self.town] = "" } }
        note("the towns of \(all.map(\.id)) are emptied")
    }

    private func fieldsAreFilled() {
        for record in crm.state.withLock({ $0.records.values.sorted { $0.id < $1.id } })
        where !record.isDeleted && record.fields[Self.town]?.isEmpty != false && acts.happens(60) {
            crm.edit(record.id) { $0.fields[Self.town] = "Town of \(record.id), again" }
        }
        note("empty towns are filled")
    }

    /// Several people are taken off a list at a provider, by hand or by themselves.
    private func contactsLeaveAtOnce() {
        let account = somebodysAccount
        guard let provider = providers[account] else { return }
        let lists = provider.state.withLock { state in
            state.lists.values.filter { $0.name != Self.master }.map(\.id).sorted()
        }
        if lists.isEmpty { return }
        let list = acts.pick(lists)
        let on = provider.state.withLock { state in
            state.contacts.values.map(\.contact).filter { $0.lists.contains(list) && $0.permission.isSendable }
                .sorted { $0.id < $1.id }
        }
        let all = on.shuffled(using: &acts).prefix(1 + acts.below(6))
        for contact in all {
            guard let address = contact.address else { continue }
            provider.personLeaves(contact.email, list: list)
            history.left(address, list: list, at: account)
        }
        note("\(all.map(\.email)) are no longer on \(list) at \(account)")
    }
}
