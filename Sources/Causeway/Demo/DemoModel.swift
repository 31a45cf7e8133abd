import Foundation

/// What both sides should hold: the rules of consent and membership written down a second time, plainly, for the demo.
///
/// It starts from what the sandbox was seeded with, is told what people do, and shares no code with the engine: a
/// misreading of a rule there shows as a difference here.
struct DemoModel: Sendable {
    static let leavingStatus = "Unsubscribed"
    static let masterList = "All Workbooks Contacts"
    /// The longest address that Constant Contact takes.
    static let longestAddress = 80

    struct Record: Sendable {
        var key: DemoRecordKey
        var firstName: String
        var lastName: String
        /// Whether an operator, or the seed, marked the main email as undeliverable.
        var isUndeliverable: Bool
        /// The main email for comparison; empty where there is none.
        private(set) var main: String
        /// Every email for comparison.
        private(set) var addresses: Set<String>

        init(key: DemoRecordKey, firstName: String, lastName: String, emails: [String], isUndeliverable: Bool) {
            self.key = key
            self.firstName = firstName
            self.lastName = lastName
            self.isUndeliverable = isUndeliverable
            let compared = emails.map(DemoModel.compared)
            main = compared.first ?? ""
            addresses = Set(compared.filter { !$0.isEmpty })
        }

        mutating func changeMain(to address: String) {
            addresses.remove(main)
            main = address
            addresses.insert(address)
        }

        mutating func addAlternate(_ address: String) { addresses.insert(address) }
    }

    struct Member: Sendable {
        var id: Int
        var campaign: Int
        var record: DemoRecordKey
        var status: String
    }

    struct Campaign: Sendable {
        var id: Int
        var reference: String
        var name: String
        var list: String
    }

    /// Where an opt-out was said.
    enum Origin: Sendable, Hashable {
        case provider
        case record(DemoRecordKey)
    }

    var campaigns: [Campaign] = []
    var records: [DemoRecordKey: Record] = [:]
    var members: [Int: Member] = [:]
    var optOuts: [String: Set<Origin>] = [:]
    /// Records whose flag an operator cleared though somebody else's opt-out stands: left as the operator set them.
    var disputed: Set<DemoRecordKey> = []
    /// Addresses that bounced for good.
    var bounced: Set<String> = []
    /// Contacts that were deleted at the provider: they wait for a decision.
    var deleted: Set<String> = []
    /// The statuses that opt-outs have replaced, by membership.
    var statusesBefore: [Int: String] = [:]
    /// Contacts that the provider had before, or that were put there: address to lists of its own.
    var known: [String: Set<String>] = [:]

    static func compared(_ typed: String) -> String {
        typed.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    }

    /// Whether mail can go to an address at all, by simple rules that fit what the sandbox invents.
    static func canBeMailed(_ address: String, longest: Int = longestAddress) -> Bool {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, address.utf8.count <= longest else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 1 && !labels.contains(where: \.isEmpty)
    }

    // MARK: What is asked

    func isOptedOut(_ address: String) -> Bool { !(optOuts[address] ?? []).isEmpty }

    func isFlagged(_ record: Record) -> Bool {
        !disputed.contains(record.key) && record.addresses.contains(where: isOptedOut)
    }

    /// The records that have an address, as their main one or otherwise.
    func records(with address: String) -> [Record] {
        records.values.filter { $0.addresses.contains(address) }.sorted { $0.key < $1.key }
    }

    /// The memberships of the records whose main address it is.
    func members(standingFor address: String) -> [Member] {
        members.values.filter { records[$0.record]?.main == address }.sorted { $0.id < $1.id }
    }

    /// Who belongs on a campaign's list.
    ///
    /// - Parameter longest: the longest address that the provider takes.
    func expectedOnList(of campaign: Campaign, longest: Int = longestAddress) -> Set<String> {
        let undeliverable = Set(records.values.filter(\.isUndeliverable).map(\.main)).union(bounced)
        var addresses: Set<String> = []
        for member in members.values where member.campaign == campaign.id && member.status != Self.leavingStatus {
            guard let record = records[member.record] else { continue }
            let address = record.main
            guard Self.canBeMailed(address, longest: longest), !isOptedOut(address), !undeliverable.contains(address)
            else { continue }
            guard !isFlagged(record), !disputed.contains(record.key), !deleted.contains(address) else { continue }
            addresses.insert(address)
        }
        return addresses
    }

    /// Everything that both sides should hold now.
    ///
    /// Who is on a list is known to the provider from then on.
    mutating func expected() -> DemoFacts {
        var facts = DemoFacts()
        for record in records.values {
            facts.records[record.key] = .init(
                isFlagged: isFlagged(record),
                isUndeliverable: record.isUndeliverable || bounced.contains(record.main)
            )
        }
        for member in members.values { facts.members[member.id] = member.status }
        var lists: [String: Set<String>] = [:]
        for campaign in campaigns {
            for address in expectedOnList(of: campaign) {
                lists[address, default: [Self.masterList]].insert(campaign.list)
            }
        }
        for address in lists.keys where known[address] == nil { known[address] = [] }
        let names = namesByAddress()
        for (address, own) in known {
            let managed = lists[address] ?? []
            let isOut = isOptedOut(address)
            let isGone = deleted.contains(address)
            facts.contacts[address] = .init(
                isUnsubscribed: isOut,
                isDeleted: isGone,
                lists: isOut || isGone ? [] : managed.union(own),
                name: managed.isEmpty ? nil : names[address]
            )
        }
        return facts
    }

    /// The name that goes with each address: of a person before a lead, then of the lowest id.
    private func namesByAddress() -> [String: String] {
        var chosen: [String: Record] = [:]
        let campaigns = Set(campaigns.map(\.id))
        for member in members.values where campaigns.contains(member.campaign) {
            guard let record = records[member.record] else { continue }
            if let other = chosen[record.main], other.key < record.key { continue }
            chosen[record.main] = record
        }
        return chosen.mapValues { "\($0.firstName) \($0.lastName)" }
    }

    /// Everything about these addresses: the records that have them and the memberships that stand for them.
    func scope(_ addresses: [String]) -> DemoScope {
        var scope = DemoScope(addresses: addresses)
        for address in addresses {
            scope.records += records(with: address).map(\.key)
            scope.members += members(standingFor: address).map(\.id)
        }
        scope.records = Array(Set(scope.records)).sorted()
        scope.members = Array(Set(scope.members)).sorted()
        return scope
    }

    // MARK: What happens

    /// Somebody opted out at the provider, or a relay said so (C1 to C3).
    mutating func optOutAtProvider(_ address: String) {
        optOuts[address, default: []].insert(.provider)
        setLeavingStatus(of: address)
    }

    /// The person opted in again where they had opted out (C7).
    mutating func optInAtProvider(_ address: String) {
        optOuts[address]?.remove(.provider)
        giveStatusBack(of: address)
    }

    /// An operator set the flag of a record (C4): every address of it is opted out.
    mutating func setFlag(_ key: DemoRecordKey) {
        for address in records[key]?.addresses ?? [] {
            optOuts[address, default: []].insert(.record(key))
        }
    }

    /// An operator cleared the flag of a record (C5, C6): only what that record said is lifted.
    mutating func clearFlag(_ key: DemoRecordKey) {
        for (address, origins) in optOuts where origins.contains(.record(key)) {
            optOuts[address]?.remove(.record(key))
            giveStatusBack(of: address)
        }
        if records[key]?.addresses.contains(where: isOptedOut) == true { disputed.insert(key) }
    }

    /// The memberships that stand for somebody who opted out get the leaving status, once.
    private mutating func setLeavingStatus(of address: String) {
        let linked = Set(campaigns.map(\.id))
        for member in members(standingFor: address)
        where linked.contains(member.campaign) && member.status != Self.leavingStatus {
            statusesBefore[member.id] = member.status
            members[member.id]?.status = Self.leavingStatus
        }
    }

    /// What an opt-out changed is changed back when nothing stands any more, and no more than that.
    private mutating func giveStatusBack(of address: String) {
        guard optOuts[address]?.contains(.provider) != true else { return }
        for member in members(standingFor: address) {
            if let status = statusesBefore.removeValue(forKey: member.id) { members[member.id]?.status = status }
        }
    }
}
