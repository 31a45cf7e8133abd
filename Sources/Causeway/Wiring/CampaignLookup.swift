import Reconciliation

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
}
