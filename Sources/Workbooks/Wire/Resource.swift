/// The record types that the bridge reads or writes (workbooks.md §9), by their endpoint.
package enum Resource: String, Sendable, CaseIterable {
    case people = "crm/people"
    case leads = "crm/sales_leads"
    case campaigns = "crm/campaigns"
    case members = "crm/campaign_membership"
    case statuses = "crm/campaign_membership_status"

    /// The class name that metadata and polymorphic references use.
    package var className: String {
        switch self {
        case .people: "Private::Crm::Person"
        case .leads: "Private::Crm::SalesLead"
        case .campaigns: "Private::Crm::MarketingCampaign"
        case .members: "Private::Crm::CampaignMembership"
        case .statuses: "Private::Crm::CampaignMembershipStatus"
        }
    }
}
