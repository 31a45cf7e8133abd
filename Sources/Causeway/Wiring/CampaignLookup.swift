import Reconciliation
import Store

/// Finds the campaign that an operator named: by id, by reference or by exact name.
enum CampaignLookup {
    /// - Throws: `Failure` when none or several match.
    static func find(_ text: String, among campaigns: [Campaign]) throws -> Campaign {
        if let id = Int64(text), let found = campaigns.first(where: { $0.id.rawValue == id }) { return found }
        if let found = campaigns.first(where: { $0.reference.lowercased() == text.lowercased() }) { return found }
        let named = campaigns.filter { $0.name == text }
        switch named.count {
        case 1: return named[0]
        case 0:
            throw Failure("there is no campaign “\(text)” that the API key can read; see causeway campaigns")
        default:
            let references = named.map(\.reference).joined(separator: ", ")
            throw Failure("several campaigns are named “\(text)”: \(references); give one of these references")
        }
    }

    /// The linked campaign that an operator named; nil when none was named.
    ///
    /// - Throws: `Failure` when it is unknown or not linked.
    static func linked(_ text: String?, _ wiring: Wiring) async throws -> CampaignID? {
        guard let text else { return nil }
        let (campaigns, links) = try await wiring.store.database.read { connection in
            (try Campaigns.all(in: connection), try Links.all(in: connection))
        }
        let campaign = try find(text, among: campaigns)
        guard links.contains(where: { $0.campaign == campaign.id }) else {
            throw Failure("\(campaign.reference) is not linked; link it with causeway link")
        }
        return campaign.id
    }
}
