import Reconciliation
import Store
import Webhooks

/// What `status` and `doctor` say of one hook at a service; read from the store alone.
struct HookStatus: Sendable, Encodable {
    var topic: String
    /// `creating` or `active`.
    var state: String
    /// What is wrong with it; nil for nothing.
    var problem: String?
    /// When it was looked at last.
    var checkedAt: String?

    private enum CodingKeys: String, CodingKey { case topic, state, problem, checkedAt }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(topic, forKey: .topic)
        try container.encode(state, forKey: .state)
        try container.encode(problem, forKey: .problem)
        try container.encode(checkedAt, forKey: .checkedAt)
    }

    /// The current hooks of an account.
    static func all(of account: AccountID, in connection: any SQLConnection) throws -> [HookStatus] {
        try Hooks.findings(account: account, on: connection).map { finding in
            HookStatus(
                topic: finding.topic,
                state: finding.state.rawValue,
                problem: finding.problem ?? (finding.state == .creating ? "its creation was never answered" : nil),
                checkedAt: finding.checkedAt?.text
            )
        }
    }

    /// Whether an account's service tells nothing before its hooks have been registered.
    static func isNeeded(by account: Account) -> Bool {
        WebhookSource(rawValue: account.kind)?.hasPathSecret ?? false
    }
}
