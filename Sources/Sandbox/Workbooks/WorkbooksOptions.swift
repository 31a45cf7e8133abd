/// What can be chosen about the simulated Workbooks where workbooks.md leaves the service's behaviour open.
package struct WorkbooksOptions: Sendable {
    /// The API key that the service accepts (workbooks.md §2.1).
    package var apiKey = "01234-56789-abcde-f0123-45678-9abcd-ef012-34567"
    /// The name for a session login (§2.2).
    package var username = "api@example.org"
    /// The password for a session login.
    package var password = "sandbox"
    /// The name of the database.
    package var databaseName = "Sandbox"
    /// How many requests a second go through before they are sent to a delaying URL (§7); nil for any number.
    package var pacePerSecond: Double?
    /// How many requests may come at once before the pace counts.
    package var paceBurst = 10.0
    /// How many real seconds a delaying URL waits.
    package var redirectDelay = 0.2
    /// How many delaying URLs follow one another.
    package var redirectChain = 1
    /// Whether every response carries a new session id (§2.2).
    package var rotatesSessions = true
    /// Whether the key's user may manage webhook subscriptions; otherwise they are not to be found (§1, §10.2 item 7).
    package var managesTriggers = true
    /// A file of certificates that receivers of webhooks may have besides the system's authorities.
    package var webhookAuthority: String?

    /// The behaviour that the contract fixes, without a limit on the pace.
    package init() {}
}
