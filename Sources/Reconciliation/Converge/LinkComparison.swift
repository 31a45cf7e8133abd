/// One address of a link: what belongs on the link's list, beside what is held there.
///
/// What belongs there is what the decision about the address says, so that a digest cannot say one thing and the pusher
/// another. A side that has nothing to say has no row: a member who belongs on no list and is on none, and everybody on
/// the list whom somebody else put there (a stranger).
package struct LinkComparison: Sendable {
    package let address: Address
    /// What the CRM's side says: mirrors and ledger, by the rules.
    package let wanted: ConvergenceRow?
    private let source: CRMRecord?
    private let rules: AccountRules
    private let link: LinkView
    private let isOptedOut: Bool
    private let isOurs: Bool

    /// Makes the comparison of one address.
    ///
    /// - Parameter index: the link's account in `view.accounts`.
    package init(_ view: borrowing AddressView, accountAt index: Int, link: LinkView) {
        let rules = view.accounts[index].rules
        address = view.address
        self.rules = rules
        self.link = link
        isOptedOut = view.isOptedOut
        isOurs = view.accounts[index].ours.contains(link.list)
        if view.isOptedOut {
            source = nil
            wanted = ConvergenceRow(
                address: view.address,
                consent: Self.isFlagged(view) ? .optedOut : .optedOutWithoutFlag,
                isListed: false,
                isOnMaster: false
            )
            return
        }
        let lists = ProviderDecision.lists(view, accountAt: index)
        guard lists.contains(link.list), let chosen = ProviderDecision.sourceRecord(view, view.accounts[index]) else {
            source = nil
            wanted = nil
            return
        }
        let record = view.records[chosen].mirror.record
        let row = OutgoingValues.row(of: record, under: rules)
        source = record
        wanted = ConvergenceRow(
            address: view.address,
            consent: .mailable,
            isListed: true,
            isOnMaster: rules.master.map { lists.contains($0) } ?? false,
            firstName: row.firstName,
            lastName: row.lastName,
            fields: row.fields.merging(row.recordFields) { mapped, _ in mapped }
        )
    }

    /// What an account that holds `contact` says; nil for a contact that it is not known to have.
    ///
    /// Of names and fields, only those count that the CRM's side speaks of: blank means unchanged (design §4).
    package func held(_ contact: HeldContact?) -> ConvergenceRow? {
        let isListed = contact?.lists.contains(link.list) ?? false
        let isOnMaster = contact.flatMap { contact in rules.master.map { contact.lists.contains($0) } } ?? false
        let mayBeMailed = contact.map { !$0.isUnsubscribed } ?? false
        if isOptedOut {
            return ConvergenceRow(
                address: address,
                consent: mayBeMailed ? .mailable : .optedOut,
                isListed: isListed,
                isOnMaster: isOnMaster
            )
        }
        guard let contact, isListed else { return nil }
        guard let wanted, let source else {
            // Whoever is unsubscribed gets no mail by any list.
            if !isOurs || !mayBeMailed { return nil }
            return ConvergenceRow(
                address: address,
                consent: mayBeMailed ? .mailable : .optedOut,
                isListed: isListed,
                isOnMaster: isOnMaster
            )
        }
        return ConvergenceRow(
            address: address,
            consent: mayBeMailed ? .mailable : .optedOut,
            isListed: isListed,
            isOnMaster: isOnMaster,
            firstName: OutgoingValues.counted(
                contact.firstName,
                sent: wanted.firstName,
                of: source.firstName,
                under: rules
            ),
            lastName: OutgoingValues.counted(
                contact.lastName,
                sent: wanted.lastName,
                of: source.lastName,
                under: rules
            ),
            fields: fields(of: contact, beside: wanted)
        )
    }

    /// The fields that the CRM's side speaks of, as the contact has them; where the account has no field for the record,
    /// it says nothing else of it.
    private func fields(of contact: HeldContact, beside wanted: ConvergenceRow) -> [String: String] {
        let own = rules.recordFields?.names ?? []
        return Dictionary(
            uniqueKeysWithValues: wanted.fields.map { name, value in
                (name, contact.fields[name] ?? (own.contains(name) ? value : ""))
            }
        )
    }

    private static func isFlagged(_ view: borrowing AddressView) -> Bool {
        for index in view.records.indices
        where !view.records[index].mirror.record.isDeleted && !view.records[index].mirror.record.isOptedOut {
            return false
        }
        return true
    }
}
