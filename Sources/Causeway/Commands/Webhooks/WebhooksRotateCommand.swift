import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Makes a new signing secret; the ones before hold for a while longer.
///
/// `--json`: one document `{"account","secret","url","olderUntil"}`.
struct WebhooksRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Make a new secret for an account's webhooks; the old one holds for a while longer."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The account.")
    var account: String

    @Option(help: "How long the old secret still holds: 30s, 15m, 1d.")
    var overlap = DurationText(milliseconds: 86_400_000)

    @Flag(name: .customLong("at-once"), help: "End the old secret at once: it has leaked.")
    var atOnce = false

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let (sealer, now) = (wiring.store.sealer, wiring.clock.now)
        let account = try await wiring.requireAccount(account)
        try account.requireSecretOfOurs()
        let overlap = atOnce ? 0 : overlap.milliseconds
        let secret = try await wiring.store.database.write { connection in
            try WebhookSecrets.noteGivenOut(of: account.name, on: connection)
            return try WebhookSecrets.rotate(
                account: account.name,
                now: now,
                overlap: overlap,
                sealer: sealer,
                on: connection
            )
        }
        let end = Timestamp(milliseconds: now.milliseconds + overlap).text
        if options.json {
            try JSONOutput.print(
                WebhookSecretAnswer(
                    account: account.name.rawValue,
                    secret: secret,
                    url: wiring.settings.webhookURL(of: account),
                    olderUntil: end
                )
            )
        } else {
            Console.line(secret)
            Console.error(atOnce ? "the old secret no longer holds" : "the old secret holds until \(end)")
        }
    }
}
