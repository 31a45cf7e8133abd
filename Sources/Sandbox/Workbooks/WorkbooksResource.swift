/// The record types that the sandbox keeps; the raw value is the position of the type's table.
enum WorkbooksResource: Int, CaseIterable, Sendable {
    case people, salesLeads, organisations, campaigns, membershipStatuses, memberships
    case customFields, picklists, picklistEntries, apiData, webhookSubscriptions

    /// The controller path, which is the endpoint without its extension (workbooks.md §9).
    var path: String {
        switch self {
        case .people: "crm/people"
        case .salesLeads: "crm/sales_leads"
        case .organisations: "crm/organisations"
        case .campaigns: "crm/campaigns"
        case .membershipStatuses: "crm/campaign_membership_status"
        case .memberships: "crm/campaign_membership"
        case .customFields: "admin/custom_fields"
        case .picklists: "admin/picklists"
        case .picklistEntries: "admin/picklist_entries"
        case .apiData: "automation/api_data"
        case .webhookSubscriptions: "admin/triggers/webhook_subscriptions"
        }
    }

    /// The class name in `type`, in `party_or_lead_type` and in metadata.
    var className: String {
        switch self {
        case .people: "Private::Crm::Person"
        case .salesLeads: "Private::Crm::SalesLead"
        case .organisations: "Private::Crm::Organisation"
        case .campaigns: "Private::Crm::MarketingCampaign"
        case .membershipStatuses: "Private::Crm::CampaignMembershipStatus"
        case .memberships: "Private::Crm::CampaignMembership"
        case .customFields: "Private::Admin::CustomField"
        case .picklists: "Private::Picklist"
        case .picklistEntries: "Private::PicklistEntry"
        case .apiData: "Private::Automation::ApiData"
        case .webhookSubscriptions: "Private::Admin::Triggers::WebhookSubscription"
        }
    }

    /// The name that users read.
    var humanName: String {
        switch self {
        case .people: "Person"
        case .salesLeads: "Sales Lead"
        case .organisations: "Organisation"
        case .campaigns: "Marketing Campaign"
        case .membershipStatuses: "Campaign Membership Status"
        case .memberships: "Campaign Member"
        case .customFields: "Custom Field"
        case .picklists: "Picklist"
        case .picklistEntries: "Picklist Entry"
        case .apiData: "API Data"
        case .webhookSubscriptions: "Webhook Subscription"
        }
    }

    /// The prefix of `object_ref`, and what is added to the id after it: references and ids are different numbers.
    var reference: (prefix: String, offset: Int) {
        switch self {
        case .people: ("PERS", -3_628_899)
        case .salesLeads: ("LEAD", -670_200)
        case .organisations: ("ORG", -3_700_000)
        case .campaigns: ("CAMP", 36_200)
        case .membershipStatuses: ("CMST", 100)
        case .memberships: ("CMEM", 100)
        case .customFields: ("CF", 100)
        case .picklists: ("PICK", 100)
        case .picklistEntries: ("PENT", 100)
        case .apiData: ("API", 100)
        case .webhookSubscriptions: ("WHSUB", 100)
        }
    }

    /// The snake-case name in the `updates` hints of a write (§6.3).
    var cachedName: String {
        className.split(separator: ":").map { part in
            part.reduce(into: "") { name, letter in
                if letter.isUppercase, !name.isEmpty { name += "_" }
                name += letter.lowercased()
            }
        }.joined(separator: "_")
    }

    /// The type whose endpoint this is; nil for an unknown one.
    init?(path: String) {
        guard let found = Self.allCases.first(where: { $0.path == path }) else { return nil }
        self = found
    }

    /// The type with this class name; nil for an unknown one.
    init?(className: String) {
        guard let found = Self.allCases.first(where: { $0.className == className }) else { return nil }
        self = found
    }
}
