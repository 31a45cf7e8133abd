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

    /// The behaviour that the contract fixes, without a limit on the pace.
    package init() {}
}
