import Reconciliation

/// What `/health` tells a load balancer and an operator (design §6); it holds no personal data.
///
/// ```json
/// {"status":"ok","accounts":[{"name":"workbooks","status":"ok","lastContact":"2026-03-01T09:30:00.000Z",
///  "staleSeconds":12}],"inbox":{"waiting":0,"dead":0},"optOuts":{"open":0,"oldestSeconds":null}}
/// ```
///
/// Every key is always there; what is not known is null.
package struct HealthReport: Sendable, Hashable, Encodable {
    /// How well it goes, for the whole or for one account.
    package enum Status: String, Sendable, Hashable, Encodable {
        case ok
        /// It works, and an operator should look.
        case degraded
        /// It does not do its work; answered with 503.
        case failing
    }

    /// One connected account.
    package struct Account: Sendable, Hashable {
        package var name: AccountID
        package var status: Status
        /// When the far side last answered; nil when it never has.
        package var lastContact: Timestamp?
        /// Seconds since the last contact; nil when there was none.
        package var staleSeconds: Int64?

        package init(name: AccountID, status: Status, lastContact: Timestamp?, staleSeconds: Int64?) {
            self.name = name
            self.status = status
            self.lastContact = lastContact
            self.staleSeconds = staleSeconds
        }
    }

    /// Deliveries that are not worked off.
    package struct Inbox: Sendable, Hashable, Encodable {
        package var waiting: Int
        package var dead: Int

        package init(waiting: Int, dead: Int) {
            self.waiting = waiting
            self.dead = dead
        }
    }

    /// Opt-outs that are not confirmed everywhere.
    package struct OptOuts: Sendable, Hashable {
        package var open: Int
        /// The age of the oldest one in seconds; nil when none is open.
        package var oldestSeconds: Int64?

        package init(open: Int, oldestSeconds: Int64?) {
            self.open = open
            self.oldestSeconds = oldestSeconds
        }
    }

    package var status: Status
    package var accounts: [Account]
    package var inbox: Inbox
    package var optOuts: OptOuts

    package init(status: Status, accounts: [Account], inbox: Inbox, optOuts: OptOuts) {
        self.status = status
        self.accounts = accounts
        self.inbox = inbox
        self.optOuts = optOuts
    }
}

extension HealthReport.Account: Encodable {
    private enum CodingKeys: CodingKey {
        case name, status, lastContact, staleSeconds
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name.rawValue, forKey: .name)
        try container.encode(status, forKey: .status)
        try container.encode(lastContact.map(RFC3339.text), forKey: .lastContact)
        try container.encode(staleSeconds, forKey: .staleSeconds)
    }
}

extension HealthReport.OptOuts: Encodable {
    private enum CodingKeys: CodingKey {
        case open, oldestSeconds
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(open, forKey: .open)
        try container.encode(oldestSeconds, forKey: .oldestSeconds)
    }
}
