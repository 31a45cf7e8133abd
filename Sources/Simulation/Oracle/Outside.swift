import Bridge
import Reconciliation
import Store
import Synchronization

/// Both sides as they are, read past the engine.
struct Outside {
    let addresses: Set<Address>
    /// The lists that are linked, and the list of everybody, with their names.
    private(set) var managed: [AccountID: [ListID: String]] = [:]
    private let crm: SimulatedCRM.State
    private let links: [Link]
    private let deleted: [AccountID: Set<Address>]

    init(of world: World) throws {
        let crm = world.crm.state.withLock { $0 }
        self.crm = crm
        var addresses = Set(crm.records.values.flatMap(\.addresses))
        var deleted: [AccountID: Set<Address>] = [:]
        links = try world.links()
        for (account, provider) in world.providers {
            let state = provider.state.withLock { $0 }
            for contact in state.contacts.values.map(\.contact) {
                guard let address = contact.address else { continue }
                addresses.insert(address)
                if contact.isDeleted { deleted[account, default: []].insert(address) }
            }
            // A list that somebody has deleted is nobody's to be on.
            var names: [ListID: String] = [:]
            for link in links where link.account == account {
                if let list = link.list, state.lists[list] != nil { names[list] = link.listName }
            }
            for list in state.lists.values where list.name == World.master { names[list.id] = list.name }
            managed[account] = names
        }
        self.addresses = addresses
        self.deleted = deleted
    }

    /// The records that have an address and are not deleted.
    func records(having address: Address) -> [CRMRecord] {
        crm.records.values.filter { !$0.isDeleted && $0.addresses.contains(address) }.sorted { $0.id < $1.id }
    }

    func wasNeverDeleted(_ address: Address, at account: AccountID) -> Bool {
        deleted[account]?.contains(address) != true
    }

    /// The lists on which an address must be that nobody opted out, and those on which it may be.
    func wanted(
        _ address: Address,
        at account: AccountID,
        isUndeliverable: Bool,
        hasLeft: (ListID) -> Bool
    ) -> (must: Set<ListID>, may: Set<ListID>) {
        if isUndeliverable { return ([], []) }
        var must: Set<ListID> = []
        var may: Set<ListID> = []
        // Whoever was on a list that is gone stays on that of everybody until somebody decides.
        let hasGoneList = links.contains { link in
            link.account == account && link.list.map { managed[account]?[$0] == nil } == true
        }
        let all = records(having: address)
        let isShadowed = all.contains(where: \.isOptedOut)
        for record in all where record.mainAddress == address && !record.isOptedOut && !record.isUndeliverable {
            guard address.text.hasSuffix(".org") else { continue }
            for member in crm.members.values where member.record == record.id && !member.isDeleted {
                guard crm.statuses[member.statusID]?.text != "Unsubscribed" else { continue }
                for link in links where link.campaign == member.campaign && link.account == account {
                    guard let list = link.list else { continue }
                    guard managed[account]?[list] != nil else { continue }
                    may.insert(list)
                    if !isShadowed, !isDisputed(record), !hasLeft(list) { must.insert(list) }
                }
            }
        }
        let master = managed[account]?.first { $0.value == World.master }?.key
        if let master, !may.isEmpty || hasGoneList { may.insert(master) }
        if let master, !must.isEmpty { must.insert(master) }
        return (must, may)
    }

    private func isDisputed(_ record: CRMRecord) -> Bool {
        guard let last = crm.flagChanges[record.id]?.last else { return false }
        return !last.isSet && last.user != SimulatedCRM.ownUser
    }
}
