import Reconciliation

/// Where a hook of ours at a service stands.
package enum HookState: String, Hashable, Sendable {
    /// Its creation was decided and has not been answered. Whoever makes hooks moves it on; after a crash it stays, and
    /// the next attempt looks for what came of it before it makes another.
    case creating
    /// The service has it, and what proves its deliveries is known.
    case active
    /// Another one took its place; deliveries that were under way are taken until `expiresAt`.
    case retired
}

/// A hook that an account's service has, or is to have, for us.
package struct Hook: Hashable, Sendable {
    /// The row's own id.
    package var id: Int64
    package var account: AccountID
    /// What it tells of; an account has one current hook for each topic.
    package var topic: String
    /// The service's id; nil while it is being created.
    package var remoteID: String?
    /// Its address, without the secret in which it may end.
    package var url: String
    /// The secret in which its address ends; nil where it has none.
    package var pathSecret: String?
    /// What its deliveries are signed with; nil while it is being created, and where the service signs nothing.
    package var signingSecret: String?
    package var state: HookState
    /// What was wrong with it when it was looked at last; nil for nothing.
    package var problem: String?
    /// When it was looked at last.
    package var checkedAt: Timestamp?
    package var createdAt: Timestamp
    /// Until when a retired one's deliveries are taken.
    package var expiresAt: Timestamp?

    package init(
        id: Int64,
        account: AccountID,
        topic: String,
        remoteID: String? = nil,
        url: String,
        pathSecret: String? = nil,
        signingSecret: String? = nil,
        state: HookState,
        problem: String? = nil,
        checkedAt: Timestamp? = nil,
        createdAt: Timestamp,
        expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.account = account
        self.topic = topic
        self.remoteID = remoteID
        self.url = url
        self.pathSecret = pathSecret
        self.signingSecret = signingSecret
        self.state = state
        self.problem = problem
        self.checkedAt = checkedAt
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// Its whole address, secret included.
    package var address: String { pathSecret.map { "\(url)/\($0)" } ?? url }
}
