import Foundation
import Sandbox

/// What the rules say about the simulated Workbooks, worked out from its records alone and by other means than the
/// engine's: sets of addresses instead of decisions.
struct CampaignOracle: Sendable {
    /// A Person or Lead.
    struct Record: Sendable {
        var resource: String
        var id: Int
        var main: String
        var others: [String]
        var isOptedOut: Bool
        var isUndeliverable: Bool
        var isDeleted: Bool

        /// All its addresses, to be compared.
        var addresses: Set<String> { Set(([main] + others).map(CampaignOracle.compared).filter { !$0.isEmpty }) }
    }

    /// A membership with the text of its status.
    struct Member: Sendable {
        var id: Int
        var campaign: Int
        var record: String
        var status: String
    }

    let records: [String: Record]
    let members: [Member]

    static func read(_ crm: Peer) async throws -> CampaignOracle {
        var records: [String: Record] = [:]
        for (resource, className, prefix) in [
            ("crm/people", "Private::Crm::Person", ""), ("crm/sales_leads", "Private::Crm::SalesLead", "org_lead_party"),
        ] {
            func column(_ name: String) -> String { prefix.isEmpty ? name : "\(prefix)[\(name)]" }
            for json in try await crm.read("state?resource=\(resource)").arrayValue ?? [] {
                func text(_ name: String) -> String { json[column(name)]?.stringValue ?? "" }
                func flag(_ name: String) -> Bool { json[column(name)]?.boolValue ?? false }
                let id = json["id"]?.intValue ?? 0
                records["\(className) \(id)"] = Record(
                    resource: resource, id: id, main: text("main_location[email]"),
                    others: [
                        text("main_location[alternate_email]"), text("home_location[email]"),
                        text("home_location[alternate_email]"),
                    ],
                    isOptedOut: flag("no_email_soliciting"),
                    isUndeliverable: flag("main_location[email_address_undeliverable]"),
                    isDeleted: json["is_deleted"]?.boolValue ?? false || json["hidden"]?.boolValue ?? false)
            }
        }
        var statuses: [Int: String] = [:]
        for json in try await crm.read("state?resource=crm/campaign_membership_status").arrayValue ?? [] {
            statuses[json["id"]?.intValue ?? 0] = json["status"]?.stringValue ?? json["name"]?.stringValue ?? ""
        }
        let members = (try await crm.read("state?resource=crm/campaign_membership").arrayValue ?? [])
            .filter { $0["is_deleted"]?.boolValue != true && $0["hidden"]?.boolValue != true }
            .map { json in
                Member(
                    id: json["id"]?.intValue ?? 0, campaign: json["marketing_campaign_id"]?.intValue ?? 0,
                    record: (json["party_or_lead_type"]?.stringValue ?? "")
                        + " \(json["party_or_lead_id"]?.intValue ?? 0)",
                    status: statuses[json["campaign_membership_status_id"]?.intValue ?? 0] ?? "")
            }
        return CampaignOracle(records: records, members: members)
    }

    /// The addresses that belong on a campaign's list (design §4).
    ///
    /// - Parameter optedOut: addresses that are opted out elsewhere than in Workbooks.
    func list(of campaign: Int, optedOut: Set<String> = []) -> Set<String> {
        let refused = optedOut.union(optedOutAddresses)
        return Set(
            members.filter { $0.campaign == campaign && $0.status != "Unsubscribed" }
                .compactMap { records[$0.record] }
                .filter { !$0.isDeleted && !$0.isUndeliverable && !$0.isOptedOut && Self.isMailable($0.main) }
                .map { Self.compared($0.main) }
        ).subtracting(refused)
    }

    /// Every address of every record that is flagged (rule C4).
    var optedOutAddresses: Set<String> {
        records.values.filter { $0.isOptedOut && !$0.isDeleted }.reduce(into: []) { $0.formUnion($1.addresses) }
    }

    /// The records that have an address.
    func records(having address: String) -> [Record] {
        records.values.filter { !$0.isDeleted && $0.addresses.contains(Self.compared(address)) }
    }

    /// The members of a campaign whose record's main address this is.
    func members(of campaign: Int, standingFor address: String) -> [Member] {
        members.filter {
            $0.campaign == campaign && Self.compared(records[$0.record]?.main ?? "") == Self.compared(address)
        }
    }

    static func compared(_ address: String) -> String {
        address.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// Whether mail can go there: one mailbox with a dot inside its domain and at most 80 characters.
    private static func isMailable(_ address: String) -> Bool {
        let parts = compared(address).split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, compared(address).count <= 80 else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count > 1 && labels.allSatisfy { !$0.isEmpty }
    }
}
