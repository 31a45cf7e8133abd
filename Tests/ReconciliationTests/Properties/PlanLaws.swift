import Reconciliation

/// What no plan may do, whatever the world is; each law answers with what is wrong, or nil.
enum PlanLaws {
    /// No plan adds or takes back an address that is opted out, or that a flagged or disputed record brings.
    static func bringsNobodyBack(_ world: World, _ view: AddressView, _ plan: AddressPlan) -> String? {
        for operation in plan.operations {
            switch operation {
            case .upsert(_, let row, let lists):
                if world.standing(view.address).isOptedOut, !lists.isEmpty { return "adds an opted-out address" }
                guard let record = view.records.first(where: { $0.mirror.record.id == row.record }) else {
                    return "adds for a record that does not have the address"
                }
                if record.keepsOff { return "adds for \(row.record), which is flagged or disputed" }
                if record.mirror.record.isDeleted { return "adds for \(row.record), which is deleted" }
            case .resubscribe:
                if world.standing(view.address).isOptedOut { return "takes back what stands" }
                if view.records.contains(where: { $0.keepsOff && !$0.mirror.record.isDeleted }) {
                    return "takes back although a record is flagged or disputed"
                }
            case .changeAddress(_, _, let old, let email):
                for address in [old, Make.address(email)] {
                    if world.standing(address).isOptedOut { return "changes \(address), which is opted out" }
                    if world.isUndeliverable(address) { return "changes \(address), which bounces" }
                    if world.view(address).records.contains(where: { $0.keepsOff && !$0.mirror.record.isDeleted }) {
                        return "changes \(address), of which a record is flagged or disputed"
                    }
                }
                if world.view(old).records.contains(where: { $0.isMain && !$0.mirror.record.isDeleted }) {
                    return "changes \(old), which a record has as its main address"
                }
            case .flag(let id, false, _):
                let addresses = world.records[id]?.record.addresses ?? []
                if addresses.contains(where: { world.standing($0).isOptedOut }) {
                    return "clears a flag that is asked for"
                }
                if world.records[id]?.flagIsOurs != true { return "clears a flag of somebody else's" }
            case .flag(_, true, _), .mark, .leavingStatus, .previousStatus, .remove, .unsubscribe:
                break
            }
        }
        return nil
    }

    /// No plan takes anybody off a list that is not managed; off one where Causeway did not put them only who opted out.
    static func removesOnlyItsOwn(_ world: World, _ view: AddressView, _ plan: AddressPlan) -> String? {
        for case .remove(let id, _, let lists, let isOptOut) in plan.operations {
            guard let account = view.accounts.first(where: { $0.account == id }) else { return "removes at no account" }
            for list in lists {
                if !account.rules.manages(list) { return "removes from \(list), which is not managed" }
                if isOptOut, !view.isOptedOut { return "calls a removal an opt-out" }
                if !isOptOut, !account.ours.contains(list) { return "removes a stranger from \(list)" }
            }
        }
        return nil
    }

    /// Nobody is unsubscribed who is not opted out.
    static func unsubscribesOnlyOptedOut(_ world: World, _ view: AddressView, _ plan: AddressPlan) -> String? {
        for case .unsubscribe(let account, _) in plan.operations where !view.isOptedOut {
            return "unsubscribes \(view.address) at \(account), which is not opted out"
        }
        return nil
    }

    /// Once settled, an opted-out address is on no managed list, is unsubscribed wherever it is known but where the
    /// person came back themself, and every record with it is flagged or disputed.
    static func optOutsHold(_ world: World) -> String? {
        for address in world.addresses where world.standing(address).isOptedOut {
            for account in world.accounts {
                guard let shadow = account.contacts[address], !shadow.contact.isDeleted else { continue }
                if shadow.contact.lists.contains(where: account.rules.manages) { return "\(address) is on a list" }
                if shadow.contact.permission != .unsubscribed, !shadow.personCameBack {
                    return "\(address) is not unsubscribed at \(account.id)"
                }
            }
            for record in world.view(address).records where !record.mirror.record.isDeleted && !record.keepsOff {
                return "\(record.mirror.record.id) has \(address) and no flag"
            }
        }
        return nil
    }

    /// Once settled, who belongs on a list is there, unless the plan says why not.
    static func membersAreThere(_ world: World) -> String? {
        for address in world.addresses {
            let view = world.view(address)
            let plan = AddressDecision.plan(for: view, at: world.now)
            guard !view.isOptedOut, !view.isUndeliverable, plan.parked.isEmpty, plan.held.isEmpty else { continue }
            if view.records.contains(where: \.keepsOff) { continue }
            for member in view.members where !member.isLeaving {
                let record = view.records[member.record].mirror.record
                if record.isDeleted || record.isUndeliverable { continue }
                for account in view.accounts {
                    for link in account.rules.links(of: member.campaign)
                    where !account.departures.contains(where: { $0.list == link.list })
                        && account.shadow?.contact.lists.contains(link.list) != true
                    {
                        return "member \(member.id) is missing on \(link.list)"
                    }
                }
            }
        }
        return nil
    }
}
