/// The operations that the sandbox knows, with what each needs (constant-contact.md §6).
enum ConstantContactOperation: Equatable {
    case accountSummary, userPrivileges
    case lists, createList
    case list(String), updateList(String), deleteList(String)
    case contacts, createContact, contactCounts, signUpForm
    case contact(String), updateContact(String), deleteContact(String), resubscribe(String)
    case customFields, createCustomField
    case customField(String), updateCustomField(String), deleteCustomField(String)
    case importContacts, addMemberships, removeMemberships, deleteContacts, deleteLists, exportContacts
    case activities
    case activity(String), exportFile(String)
    case emails, campaignSummaries
    case email(String), emailActivity(String), sendHistory(String), activityStats(String), contactDetails(String)
    case sendReport(String), openReport(String), uniqueOpenReport(String), clickReport(String)
    case optOutReport(String), bounceReport(String)

    /// The operation of a call; nil when the gateway knows no such path.
    ///
    /// - Parameter path: the segments after `/v3`.
    init?(method: String, path: [String]) {
        let fixed = ["\(method)"] + path
        switch fixed {
        case ["GET", "account", "summary"]: self = .accountSummary
        case ["GET", "account", "user", "privileges"]: self = .userPrivileges
        case ["GET", "contact_lists"]: self = .lists
        case ["POST", "contact_lists"]: self = .createList
        case ["GET", "contacts"]: self = .contacts
        case ["POST", "contacts"]: self = .createContact
        case ["GET", "contacts", "counts"]: self = .contactCounts
        case ["POST", "contacts", "sign_up_form"]: self = .signUpForm
        case ["GET", "contact_custom_fields"]: self = .customFields
        case ["POST", "contact_custom_fields"]: self = .createCustomField
        case ["POST", "activities", "contacts_json_import"]: self = .importContacts
        case ["POST", "activities", "add_list_memberships"]: self = .addMemberships
        case ["POST", "activities", "remove_list_memberships"]: self = .removeMemberships
        case ["POST", "activities", "contact_delete"]: self = .deleteContacts
        case ["POST", "activities", "list_delete"]: self = .deleteLists
        case ["POST", "activities", "contact_exports"]: self = .exportContacts
        case ["GET", "activities"]: self = .activities
        case ["GET", "emails"]: self = .emails
        case ["GET", "reports", "summary_reports", "email_campaign_summaries"]: self = .campaignSummaries
        default: self.init(method: method, variable: path)
        }
    }

    private init?(method: String, variable path: [String]) {
        switch (method, path.count, path.first) {
        case ("GET", 2, "contact_lists"): self = .list(path[1])
        case ("PUT", 2, "contact_lists"): self = .updateList(path[1])
        case ("DELETE", 2, "contact_lists"): self = .deleteList(path[1])
        case ("GET", 2, "contacts"): self = .contact(path[1])
        case ("PUT", 2, "contacts"): self = .updateContact(path[1])
        case ("DELETE", 2, "contacts"): self = .deleteContact(path[1])
        case ("PUT", 3, "contacts") where path[1] == "resubscribe": self = .resubscribe(path[2])
        case ("GET", 2, "contact_custom_fields"): self = .customField(path[1])
        case ("PUT", 2, "contact_custom_fields"): self = .updateCustomField(path[1])
        case ("DELETE", 2, "contact_custom_fields"): self = .deleteCustomField(path[1])
        case ("GET", 2, "activities"): self = .activity(path[1])
        case ("GET", 2, "contact_exports"): self = .exportFile(path[1])
        case ("GET", 2, "emails"): self = .email(path[1])
        case ("GET", 3, "emails") where path[1] == "activities": self = .emailActivity(path[2])
        case ("GET", 4, "emails") where path[1] == "activities" && path[3] == "send_history":
            self = .sendHistory(path[2])
        case ("GET", 4, "reports") where path[1] == "stats" && path[2] == "email_campaign_activities":
            self = .activityStats(path[3])
        case ("GET", 4, "reports") where path[1] == "contact_reports" && path[3] == "activity_details":
            self = .contactDetails(path[2])
        case ("GET", 5, "reports") where path[1] == "email_reports" && path[3] == "tracking":
            switch path[4] {
            case "sends": self = .sendReport(path[2])
            case "opens": self = .openReport(path[2])
            case "unique_opens": self = .uniqueOpenReport(path[2])
            case "clicks": self = .clickReport(path[2])
            case "optouts": self = .optOutReport(path[2])
            case "bounces": self = .bounceReport(path[2])
            default: return nil
            }
        default: return nil
        }
    }

    /// The scope that the token must have; nil when any will do.
    var scope: String? {
        switch self {
        case .accountSummary: "account_read"
        case .userPrivileges: nil
        case .emails, .email, .emailActivity, .sendHistory, .campaignSummaries, .activityStats, .sendReport,
            .openReport,
            .uniqueOpenReport, .clickReport, .optOutReport, .bounceReport:
            "campaign_data"
        default: "contact_data"
        }
    }

    /// The privilege that the signed-in user must have; nil when none is needed.
    var privilege: String? {
        switch self {
        case .accountSummary, .userPrivileges: nil
        case .lists, .list: "contacts:lists:read"
        case .createList, .updateList, .deleteList: "contacts:lists:write"
        case .contacts, .contact, .contactCounts, .customFields, .customField, .contactDetails: "contacts:read"
        case .emails, .email, .emailActivity, .sendHistory: "campaign:read"
        case .campaignSummaries, .activityStats, .sendReport, .openReport, .uniqueOpenReport, .clickReport,
            .optOutReport, .bounceReport:
            "ui:campaign:metrics"
        // Reading the state of an activity takes the right to write, too (§10).
        default: "contacts:write"
        }
    }

    /// Whether the body must be JSON.
    var takesBody: Bool {
        switch self {
        case .createList, .updateList, .createContact, .updateContact, .signUpForm, .resubscribe, .createCustomField,
            .updateCustomField, .importContacts, .addMemberships, .removeMemberships, .deleteContacts, .deleteLists,
            .exportContacts:
            true
        default: false
        }
    }

    /// Whether it puts an activity into the queue, by POST.
    var isBulk: Bool {
        switch self {
        case .importContacts, .addMemberships, .removeMemberships, .deleteContacts, .deleteLists, .exportContacts: true
        default: false
        }
    }
}
