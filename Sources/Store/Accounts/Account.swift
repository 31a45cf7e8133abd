import Reconciliation

/// Which side of the bridge an account is on.
package enum AccountRole: String, Hashable, Sendable {
    case crm
    case provider
}

/// Whether an account works.
package enum AccountState: String, Hashable, Sendable {
    /// Its last call was answered.
    case active
    /// Its credentials are used up; a person must connect it again.
    case needsAuthorisation = "needs-authorisation"
    /// Its calls fail for another reason; they are tried again.
    case failing
}

/// A connected account.
package struct Account: Hashable, Sendable {
    package var name: AccountID
    package var role: AccountRole
    /// The service, such as `workbooks` or `constant-contact`.
    package var kind: String
    /// What its client needs to know and is no secret (URLs, limits), as a JSON object of the client's own shape.
    package var settings: String
    /// The service's own id of the account or database; nil until a call has told it.
    package var pinnedID: String?
    /// What the service calls the account; for people.
    package var pinnedName: String?
    package var state: AccountState
    /// Why the account is not active.
    package var stateReason: String?
    /// When a call was last answered.
    package var lastContact: Timestamp?
    /// How often its source is read, in milliseconds.
    package var pollIntervalMilliseconds: Int64
    package var createdAt: Timestamp

    package init(
        name: AccountID,
        role: AccountRole,
        kind: String,
        settings: String = "{}",
        pinnedID: String? = nil,
        pinnedName: String? = nil,
        state: AccountState = .active,
        stateReason: String? = nil,
        lastContact: Timestamp? = nil,
        pollIntervalMilliseconds: Int64 = 60_000,
        createdAt: Timestamp
    ) {
        self.name = name
        self.role = role
        self.kind = kind
        self.settings = settings
        self.pinnedID = pinnedID
        self.pinnedName = pinnedName
        self.state = state
        self.stateReason = stateReason
        self.lastContact = lastContact
        self.pollIntervalMilliseconds = pollIntervalMilliseconds
        self.createdAt = createdAt
    }
}
