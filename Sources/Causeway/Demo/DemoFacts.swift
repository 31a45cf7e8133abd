/// What both sides hold, or should hold, in one form so that the two can be compared item by item.
struct DemoFacts: Sendable {
    /// A record of the CRM.
    struct Record: Sendable, Hashable {
        var isFlagged: Bool
        var isUndeliverable: Bool
    }

    /// A contact of the provider.
    struct Contact: Sendable, Hashable {
        var isUnsubscribed: Bool
        var isDeleted = false
        var lists: Set<String>
        /// Given and family name, where the contact is on a managed list.
        var name: String?
    }

    var records: [DemoRecordKey: Record] = [:]
    /// The status text of each membership that is there.
    var members: [Int: String] = [:]
    /// By address in lower case; who is missing is not known to the provider.
    var contacts: [String: Contact] = [:]

    /// What differs, as sentences; at most `limit` of them.
    func differences(from found: DemoFacts, limit: Int = 20) -> [String] {
        var all: [String] = []
        for key in Set(records.keys).union(found.records.keys).sorted() where records[key] != found.records[key] {
            all.append("\(key): expected \(Self.text(records[key])), found \(Self.text(found.records[key]))")
            if all.count == limit { return all }
        }
        for id in Set(members.keys).union(found.members.keys).sorted() where members[id] != found.members[id] {
            all.append("member \(id): expected \(members[id] ?? "none"), found \(found.members[id] ?? "none")")
            if all.count == limit { return all }
        }
        for address in Set(contacts.keys).union(found.contacts.keys).sorted()
        where contacts[address] != found.contacts[address] {
            all.append(
                "\(address): expected \(Self.text(contacts[address])), found \(Self.text(found.contacts[address]))")
            if all.count == limit { return all }
        }
        return all
    }

    /// What the CRM holds of these, in a line.
    func crmText(_ scope: DemoScope) -> String {
        let records = scope.records.compactMap { self.records[$0] }
        let flagged = records.count { $0.isFlagged }
        var parts = ["\(flagged) of \(records.count) flagged"]
        let marked = records.count { $0.isUndeliverable }
        if marked > 0 { parts.append("\(marked) undeliverable") }
        let members = scope.members.compactMap { self.members[$0] }
        let left = members.count { $0 == DemoModel.leavingStatus }
        if !members.isEmpty { parts.append("\(left) of \(members.count) memberships \(DemoModel.leavingStatus)") }
        return parts.joined(separator: ", ")
    }

    /// What the provider holds of these, in a line.
    func providerText(_ scope: DemoScope, lists: [String]) -> String {
        let known = scope.addresses.compactMap { contacts[$0] }
        let gone = known.count { $0.isDeleted }
        let unsubscribed = known.count { $0.isUnsubscribed }
        let onLists = lists.map { list in "\(known.count { $0.lists.contains(list) })" }.joined(separator: "+")
        var parts = ["\(unsubscribed) of \(known.count) unsubscribed", "on the lists \(onLists)"]
        if gone > 0 { parts.append("\(gone) deleted") }
        let unknown = scope.addresses.count - known.count
        if unknown > 0 { parts.append("\(unknown) unknown") }
        return parts.joined(separator: ", ")
    }

    private static func text(_ record: Record?) -> String {
        guard let record else { return "no record" }
        return (record.isFlagged ? "flagged" : "not flagged") + (record.isUndeliverable ? ", undeliverable" : "")
    }

    private static func text(_ contact: Contact?) -> String {
        guard let contact else { return "no contact" }
        let state = contact.isDeleted ? "deleted" : contact.isUnsubscribed ? "unsubscribed" : "mailable"
        let lists = contact.lists.isEmpty ? "no list" : contact.lists.sorted().joined(separator: " and ")
        return "\(state) on \(lists)" + (contact.name.map { " as \($0)" } ?? "")
    }
}

/// Whom a step is about.
struct DemoScope: Sendable {
    var addresses: [String] = []
    var records: [DemoRecordKey] = []
    var members: [Int] = []
}

/// A Person or Lead by kind and id.
struct DemoRecordKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
        case person = "crm/people"
        case lead = "crm/sales_leads"
    }

    var kind: Kind
    var id: Int

    var description: String { (kind == .person ? "person " : "lead ") + String(id) }

    static func < (left: Self, right: Self) -> Bool {
        left.kind == right.kind ? left.id < right.id : left.kind == .person
    }
}
