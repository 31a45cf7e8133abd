import Reconciliation

/// A subscription as a list call shows it; its secret is told at its creation alone.
struct SubscriptionRow: Decodable, Sendable {
    static let columns = ["id", "lock_version", "trigger_id", "callback_url", "enabled"]

    var id: Int64
    var lockVersion: Int64
    var trigger: Int64?
    var callbackURL: String
    var isEnabled: Bool

    init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: ColumnKey.self)
        id = try row.required("id", row.integer("id"))
        lockVersion = try row.integer("lock_version") ?? 0
        trigger = try row.integer("trigger_id")
        callbackURL = try row.text("callback_url") ?? ""
        isEnabled = try row.flag("enabled") ?? false
    }
}
