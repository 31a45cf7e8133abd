import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Prints the secret that an account's webhooks are signed with.
///
/// `--json`: one document `{"account","secret","url"}`; `url` is `null` while `public.url` is not set.
struct WebhooksSecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "Print the secret that an account's webhooks are signed with."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The account.")
    var account: String

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let (sealer, now) = (wiring.store.sealer, wiring.clock.now)
        let account = try await wiring.requireAccount(account)
        try account.requireSecretOfOurs()
        let secret = try await wiring.store.database.write { connection in
            try WebhookSecrets.noteGivenOut(of: account.name, on: connection)
            return try WebhookSecrets.currentOrCreate(account: account.name, now: now, sealer: sealer, on: connection)
        }
        if options.json {
            try JSONOutput.print(
                WebhookSecretAnswer(
                    account: account.name.rawValue,
                    secret: secret,
                    url: wiring.settings.webhookURL(of: account)
                )
            )
        } else {
            Console.line(secret)
        }
    }
}

/// A secret as JSON.
struct WebhookSecretAnswer: Encodable {
    var account: String
    var secret: String
    var url: String?
    /// Until when the secrets before it still hold; nil where nothing was rotated.
    var olderUntil: String?

    private enum CodingKeys: String, CodingKey { case account, secret, url, olderUntil }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(account, forKey: .account)
        try container.encode(secret, forKey: .secret)
        try container.encode(url, forKey: .url)
        try container.encodeIfPresent(olderUntil, forKey: .olderUntil)
    }
}

extension Wiring {
    /// A connected account.
    ///
    /// - Throws: `Failure` that names the accounts that are connected.
    func requireAccount(_ name: String) async throws -> Account {
        let accounts = try await store.database.read { try Accounts.all(on: $0) }
        if let found = accounts.first(where: { $0.name.rawValue == name }) { return found }
        let known = accounts.map(\.name.rawValue).joined(separator: ", ")
        throw Failure("there is no account “\(name)”; connected are: \(known.isEmpty ? "none" : known)")
    }
}

extension Account {
    /// Refuses an account whose service makes the secrets of its webhooks itself.
    ///
    /// - Throws: `Failure` that says which command is meant.
    func requireSecretOfOurs() throws {
        guard HookStatus.isNeeded(by: self) else { return }
        throw Failure(
            "the webhooks of \(name) are signed with a secret that \(kind) makes and tells once; causeway webhooks "
                + "register \(name) makes and keeps it, and with --renew replaces it"
        )
    }
}

extension CausewaySettings {
    /// Where an account's webhooks are to be sent; nil while the public address is not set.
    func webhookURL(of account: Account) -> String? {
        guard var base = self[.publicURL] else { return nil }
        while base.hasSuffix("/") { base.removeLast() }
        return "\(base)/webhooks/\(account.kind)/\(account.name)"
    }
}
