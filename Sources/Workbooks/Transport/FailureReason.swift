import Bridge

/// The service's own words for refusing a request (workbooks.md §2.3), and what they mean for us.
///
/// The documented list will grow: a reason that is not in it is judged by the status alone.
struct FailureReason: Sendable, Hashable {
    /// The `failure_reason`; empty where the answer has none.
    var reason: String
    /// The `failure_message`.
    var message: String
    var status: Int

    /// What the engine is told.
    var code: PortError.Code {
        switch reason {
        case "session_expired", "no_session", "no_session_found": .unavailable
        case "requested_database_not_available", "no_available_database", "database_being_migrated",
            "database_archived":
            .unavailable
        case "no_permission_for_api", "invalid_application_name", "user_agent_required", "no_database_selection_made":
            .forbidden
        default:
            // A 403 without a known reason is the database being away (workbooks.md §1); that passes by itself.
            status == 401 ? .needsAuthorisation : .unavailable
        }
    }

    /// Whether the same request may be made again at once: the service took it for one of a session that ended.
    var mayRepeatAtOnce: Bool { ["session_expired", "no_session", "no_session_found"].contains(reason) }

    /// What happened and what to do about it.
    var detail: String {
        let said = [reason, message].filter { !$0.isEmpty }.joined(separator: ": ")
        let quoted = said.isEmpty ? "without a reason" : "with \(said)"
        return "Workbooks refused the request \(quoted); \(advice)"
    }

    private var advice: String {
        switch reason {
        case "login_disabled", "unrecognised_name_or_password", "password_expired":
            "check in Workbooks that the API key and its user are enabled, then connect again with a valid key"
        case "client_not_licensed", "licence_expired", "no_licensed_edition", "client_not_activated":
            "the licence of the key's user has to be put right in Workbooks"
        case "no_permission_for_api":
            "give the key's user the capability to use the API"
        case "no_database_selection_made":
            "use an API key, which selects its database by itself"
        case "invalid_application_name", "user_agent_required":
            "this version of Causeway is not accepted; look for a newer one"
        case "requested_database_not_available", "no_available_database", "database_being_migrated",
            "database_archived":
            "the database is being worked on; it is tried again"
        default:
            switch code {
            case .needsAuthorisation:
                "the API key is unknown, expired, its user is disabled, or it may not be used from this address: "
                    + "connect again with a valid key"
            default: "the database is not available; it is tried again"
            }
        }
    }
}
