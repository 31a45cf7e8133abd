import Crypto
import Foundation
import Reconciliation
import Store

/// What the plan of one address was computed from: a name for each thing, and how it stood.
///
/// Two bases are compared name by name, so that a refusal can say which thing moved.
enum PlanBase {
    /// The base of an address.
    static func of(_ view: AddressView, crmAccount: AccountID, in connection: any SQLConnection) throws -> [String:
        String]
    {
        var base: [String: String] = [:]
        base["ledger"] = "row \(try ledgerHead(of: view, in: connection))"
        for row in view.records {
            let mirror = row.mirror
            var state = "lock version \(mirror.record.lockVersion)"
            if mirror.record.isDeleted { state += ", deleted" }
            if mirror.flagIsOurs { state += ", its flag set by Causeway" }
            if mirror.markIsOurs { state += ", its mark set by Causeway" }
            if let disputed = mirror.disputedAfter { state += ", disputed since ledger row \(disputed)" }
            base[mirror.record.id.description] = state
        }
        for member in view.members {
            base["member \(member.id)"] = "lock version \(member.lockVersion), status \(member.statusID)"
        }
        for changed in view.changedMains {
            var other = try of(changed.other, crmAccount: crmAccount, in: connection)
            other["refused"] = changed.refusedAt.map(\.rawValue).sorted().joined(separator: " ")
            let parts = other.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value)" }
            base["the other main address of \(changed.record)"] = digest(of: parts.joined(separator: "\n"))
        }
        let writing = try Intents.inFlight(among: [view.address], account: crmAccount, in: connection)
        if !writing.isEmpty { base["\(crmAccount)"] = "a write is under way" }
        for account in view.accounts {
            base["contact at \(account.account)"] = contact(account)
            base["links and mappings of \(account.account)"] = digest(of: rules(account.rules))
            if account.isInFlight { base["\(account.account)"] = "a write is under way" }
        }
        return base
    }

    /// What moved between two bases, each as a sentence, in order; empty when nothing did.
    static func moved(from old: [String: String], to new: [String: String]) -> [String] {
        Set(old.keys).union(new.keys).sorted().compactMap { name in
            switch (old[name], new[name]) {
            case (let before?, let now?) where before != now:
                // Digests say nothing to a person.
                before.count == 64 ? "\(name): changed" : "\(name): was at \(before), is at \(now)"
            case (let before?, nil): before.count == 64 ? "\(name): gone" : "\(name): was at \(before), is gone"
            case (nil, let now?): now.count == 64 ? "\(name): new" : "\(name): new, at \(now)"
            default: nil
            }
        }
    }

    /// SHA-256 of a text, in hexadecimal.
    static func digest(of text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private static func ledgerHead(of view: AddressView, in connection: any SQLConnection) throws -> Int64 {
        var addresses: Set<Address> = [view.address]
        for row in view.records { addresses.formUnion(row.mirror.record.addresses) }
        let texts = addresses.map(\.text).sorted()
        return try connection.value("SELECT max(sequence) FROM consent_event WHERE address IN \(list: texts)") ?? 0
    }

    private static func contact(_ account: AccountView) -> String {
        var state: [String] = account.departures.map { "left \($0.list) \($0.id)" }.sorted()
        if let refusal = account.refusal { state.append("refused \(refusal)") }
        if let shadow = account.shadow {
            let contact = shadow.contact
            state += [
                contact.id.rawValue, contact.email, contact.permission.text, "\(contact.optOutBy)",
                "\(contact.isDeleted)",
                "\(contact.optOutAt?.milliseconds ?? 0) \(contact.optInBy) \(contact.optInAt?.milliseconds ?? 0)",
                contact.firstName, contact.lastName,
            ]
            state += contact.lists.map(\.rawValue).sorted()
            state += account.ours.map { "ours \($0)" }.sorted()
            state += contact.fields.keys.sorted().map { "\($0)=\(contact.fields[$0] ?? "")" }
            if let own = shadow.ownUnsubscribe {
                let lists = own.listsBefore.map(\.rawValue).sorted().joined(separator: " ")
                state.append("unsubscribed by us \(own.permissionBefore.text) \(lists) \(own.doneAt.milliseconds)")
            }
        }
        // Each part stands on a line of its own, with its length, so that none can be taken for two.
        return digest(of: state.map { "\($0.utf8.count) \($0)" }.joined(separator: "\n"))
    }

    private static func rules(_ rules: AccountRules) -> String {
        var state = ["master \(rules.master?.rawValue ?? "")"]
        state += rules.links.map { "link \($0.id) \($0.campaign) \($0.list) \($0.unsubscribedStatus)" }
        state += rules.mappings.map { "\($0.attribute) \($0.field) \($0.only?.rawValue ?? "") \($0.clears)" }
        return state.joined(separator: "\n")
    }
}
