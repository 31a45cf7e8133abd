/// The record types with every attribute of workbooks.md §9, custom fields included.
enum WorkbooksSchema {
    /// The types in the order of `WorkbooksResource`.
    static let types: [WorkbooksRecordType] = WorkbooksResource.allCases.map(makeType)

    private static func makeType(_ resource: WorkbooksResource) -> WorkbooksRecordType {
        var builder = WorkbooksColumnBuilder()
        builder.system()
        switch resource {
        case .people: people(&builder)
        case .salesLeads: salesLeads(&builder)
        case .organisations: organisations(&builder)
        case .campaigns: campaigns(&builder)
        case .membershipStatuses: membershipStatuses(&builder)
        case .memberships: memberships(&builder)
        case .customFields: customFields(&builder)
        case .picklists: named(&builder) { $0.stored(.text, "description") }
        case .picklistEntries:
            builder.stored(.integer, "picklist_id", required: true)
            builder.stored(.string, "value", required: true)
            provenance(&builder)
        case .apiData:
            builder.stored(.string, "key", required: true)
            builder.stored(.string, "key2")
            builder.stored(.text, "value")
            provenance(&builder)
        case .webhookSubscriptions: webhookSubscriptions(&builder)
        }
        return builder.build(resource)
    }

    /// How a record came to be; the reference is a client's own and can be filtered (§9).
    private static func provenance(_ builder: inout WorkbooksColumnBuilder, indexed: Bool = false) {
        builder.stored(.string, "created_through", initial: .text("Workbooks"), readOnly: true)
        builder.stored(.string, "created_through_reference", showsBlank: true, indexed: indexed)
    }

    private static func named(
        _ builder: inout WorkbooksColumnBuilder,
        _ more: (inout WorkbooksColumnBuilder) -> Void = { _ in }
    ) {
        builder.stored(.string, "name", required: true)
        more(&builder)
        provenance(&builder)
    }

    // §9.4
    private static func people(_ builder: inout WorkbooksColumnBuilder) {
        builder.stored(.string, "name", required: true)
        builder.stored(.string, "person_first_name", "person_last_name")
        builder.stored(.string, "main_location[email]", indexed: true)
        builder.stored(
            .boolean,
            "no_email_soliciting",
            "main_location[email_address_undeliverable]",
            "sync_with_mailer"
        )
        builder.stored(.string, "cf_person_region")
        builder.stored(.boolean, "cf_person_newsletter")
        builder.stored(.string, "main_location[town]", "main_location[country]")
        builder.stored(.string, "main_location[alternate_email]", indexed: true)
        builder.stored(.string, "home_location[email]", showsBlank: true, indexed: true)
        builder.stored(.string, "home_location[alternate_email]", showsBlank: true, indexed: true)
        builder.stored(.string, "person_job_title")
        provenance(&builder)
        let employer = builder.upcomingSlot
        builder.stored(.integer, "employer_link")
        builder.computed("employer_name", .string, .linkedName(.organisations, slot: employer), showsBlank: true)
        builder.stored(
            .string,
            "person_middle_name",
            "person_personal_title",
            "person_salutation",
            "person_suffix",
            "alternate_names",
            "person_job_role",
            "industry",
            "website",
            "preferred_language"
        )
        builder.stored(.boolean, "no_phone_soliciting", "no_post_soliciting", "email_opt_in", "gdpr_compliant")
        builder.stored(.text, "compliance_channels", "compliance_special_categories", "party_notes")
        builder.stored(.datetime, "mailchimp_last_synchronised_at", readOnly: true)
        builder.stored(.picklist, "lead_source_type")
        campaignLink(&builder)
        builder.stored(.string, "categories")
        builder.stored(.integer, "main_location_id", readOnly: true)
        builder.stored(
            .string,
            "main_location[telephone]",
            "main_location[mobile]",
            "main_location[fax]",
            "main_location[street_address]",
            "main_location[county_province_state]",
            "main_location[postcode]"
        )
        builder.stored(
            .string,
            "home_location[telephone]",
            "home_location[mobile]",
            "home_location[fax]",
            "home_location[street_address]",
            "home_location[town]",
            "home_location[county_province_state]",
            "home_location[postcode]",
            "home_location[country]",
            showsBlank: true
        )
        builder.stored(.string, "descriptor", readOnly: true)
        builder.stored(.integer, "cf_person_member_number")
        builder.stored(.date, "cf_person_member_since")
        builder.ownership()
    }

    /// The campaign that a person or lead came from, which is no membership (§9.1).
    private static func campaignLink(_ builder: inout WorkbooksColumnBuilder) {
        let slot = builder.upcomingSlot
        builder.stored(.integer, "marketing_campaign_id")
        builder.computed("marketing_campaign[name]", .string, .linkedName(.campaigns, slot: slot), showsBlank: true)
    }

    // §9.5
    private static func salesLeads(_ builder: inout WorkbooksColumnBuilder) {
        builder.stored(.string, "name", required: true)
        builder.stored(.string, "person_lead_party[person_first_name]", "person_lead_party[person_last_name]")
        builder.stored(.string, "org_lead_party[main_location[email]]", indexed: true)
        builder.stored(
            .boolean,
            "org_lead_party[no_email_soliciting]",
            "org_lead_party[main_location[email_address_undeliverable]]"
        )
        builder.stored(.string, "record_state", initial: .text("open"))
        builder.stored(.string, "org_lead_party[name]", "cf_lead_region")
        builder.stored(.integer, "cf_sales_lead_score")
        builder.stored(.string, "org_lead_party[main_location[alternate_email]]", indexed: true)
        builder.stored(.string, "org_lead_party[home_location[email]]", showsBlank: true, indexed: true)
        builder.stored(.string, "org_lead_party[home_location[alternate_email]]", showsBlank: true, indexed: true)
        builder.stored(.integer, "person_lead_party_id", "org_lead_party_id", readOnly: true)
        builder.stored(.string, "person_lead_party[name]")
        provenance(&builder)
        builder.stored(.picklist, "sales_lead_status_type", initial: .text("New"))
        builder.stored(.picklist, "sales_lead_rating_type", "lead_source_type")
        builder.stored(
            .string,
            "person_lead_party[person_middle_name]",
            "person_lead_party[person_personal_title]",
            "person_lead_party[person_job_title]",
            "person_lead_party[person_job_role]",
            "person_lead_party[person_salutation]",
            "person_lead_party[person_suffix]"
        )
        builder.stored(.boolean, "person_lead_party[email_opt_in]")
        builder.stored(.boolean, "org_lead_party[no_phone_soliciting]", "org_lead_party[no_post_soliciting]")
        builder.stored(
            .string,
            "org_lead_party[main_location[telephone]]",
            "org_lead_party[main_location[mobile]]",
            "org_lead_party[main_location[fax]]",
            "org_lead_party[main_location[street_address]]",
            "org_lead_party[main_location[town]]",
            "org_lead_party[main_location[county_province_state]]",
            "org_lead_party[main_location[postcode]]",
            "org_lead_party[main_location[country]]",
            "org_lead_party[website]",
            "org_lead_party[industry]"
        )
        builder.stored(.currency, "org_lead_party[organisation_annual_revenue]")
        builder.stored(.date, "last_contacted")
        builder.stored(.text, "comment", "compliance_channels", "compliance_special_categories")
        builder.stored(.boolean, "gdpr_compliant")
        builder.stored(.datetime, "mailchimp_last_synchronised_at", readOnly: true)
        campaignLink(&builder)
        builder.stored(.string, "web_source", "web_medium", "web_campaign", "web_term", "web_content")
        builder.ownership()
    }

    private static func organisations(_ builder: inout WorkbooksColumnBuilder) {
        named(&builder) {
            $0.stored(.string, "main_location[email]", indexed: true)
            $0.stored(.boolean, "no_email_soliciting", "no_phone_soliciting", "no_post_soliciting")
            $0.stored(
                .string,
                "main_location[alternate_email]",
                "main_location[telephone]",
                "main_location[mobile]",
                "main_location[street_address]",
                "main_location[town]",
                "main_location[county_province_state]",
                "main_location[postcode]",
                "main_location[country]",
                "website",
                "industry",
                "description",
                "organisation_num_employees"
            )
            $0.stored(.currency, "organisation_annual_revenue")
        }
        builder.ownership()
    }

    // §9.1; the custom field holds the name that the campaign's list shall have.
    private static func campaigns(_ builder: inout WorkbooksColumnBuilder) {
        named(&builder) {
            $0.stored(.string, "cf_campaign_public_name")
            $0.stored(.picklist, "status", initial: .text("Planned"))
            $0.stored(.picklist, "category")
            $0.stored(.text, "goals")
            $0.stored(.date, "start_date", "end_date")
            $0.stored(.currency, "budget", "cost_adjustment", "target_revenue")
            $0.stored(.string, "record_state", initial: .text("open"))
        }
        builder.ownership()
    }

    // §9.2
    private static func membershipStatuses(_ builder: inout WorkbooksColumnBuilder) {
        builder.stored(.integer, "marketing_campaign_id", required: true, indexed: true)
        builder.stored(.string, "status", "name")
        provenance(&builder)
    }

    // §9.3
    private static func memberships(_ builder: inout WorkbooksColumnBuilder) {
        builder.stored(.integer, "marketing_campaign_id", required: true, indexed: true)
        builder.stored(.integer, "party_or_lead_id", required: true, indexed: true)
        builder.stored(.string, "party_or_lead_type", required: true)
        builder.stored(.integer, "campaign_membership_status_id")
        builder.computed("member_name", .string, .memberName)
        provenance(&builder, indexed: true)
    }

    // §10.1
    private static func webhookSubscriptions(_ builder: inout WorkbooksColumnBuilder) {
        builder.stored(.string, "name", required: true)
        builder.stored(.text, "description")
        builder.stored(.string, "callback_url", required: true)
        builder.stored(.boolean, "enabled", initial: .bool(true))
        builder.stored(.integer, "trigger_id", required: true)
        builder.stored(.string, "secret_key", readOnly: true, toldOnce: true)
        provenance(&builder)
    }

    // §9.7
    private static func customFields(_ builder: inout WorkbooksColumnBuilder) {
        builder.stored(.string, "title", "resource_type", "data_type", "status", "value_column_name")
        builder.stored(.integer, "picklist_id")
        provenance(&builder)
    }
}
