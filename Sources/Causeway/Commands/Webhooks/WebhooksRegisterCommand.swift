import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Makes the hooks that an account's service should have for us, and puts right what is wrong with them.
///
/// `--json`: one document `{"account","url","hooks":[{"topic","act","problem","removed"}]}`. `act` is `kept`, `created`,
/// `changed`, `replaced` or `refused`; `problem` says what was wrong before, or why it was refused, `null` for nothing;
/// `removed` counts others of the same kind that pointed here and were taken away. `url` lacks the secret in which a
/// hook's address may end. Exit status 3 says that a hook was refused on which nothing depends.
struct WebhooksRegisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Make the webhooks of an account at its service, or put them right.",
        discussion: """
            Where the service looks whether the address is there, causeway serve has to run and to be reached under \
            CAUSEWAY_PUBLIC_URL. What signs the deliveries is told once, and is kept sealed. It may be run again at any \
            time: what is right stays as it is.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The account.")
    var account: String

    @Flag(help: "Replace the webhooks, secrets and all: one has leaked, or nothing arrives.")
    var renew = false

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let account = try await wiring.requireAccount(account)
        let url = try wiring.settings.requireWebhookURL(of: account)
        let http = try wiring.makeHTTPClients()
        let results: [HookRegistration.Result]
        do { results = try await register(account, url, wiring, http) } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
        if options.json {
            try JSONOutput.print(Answer(account: account.name.rawValue, url: url, hooks: results.map(Answer.Hook.init)))
        } else {
            for result in results { Console.line(line(of: result, account)) }
            Console.line("deliveries come in at \(url)")
        }
        if results.contains(where: { $0.act == .refused }) { throw ExitStatus.partial }
    }

    private func register(
        _ account: Account,
        _ url: String,
        _ wiring: Wiring,
        _ http: Wiring.HTTPClients
    ) async throws -> [HookRegistration.Result] {
        guard let keeper = try await wiring.makeHookKeeper(for: account, http: http) else {
            throw Failure(
                "\(account.kind) has no webhooks of its own to register; what a relay sends to \(url) is signed with the "
                    + "secret that causeway webhooks secret \(account.name) prints"
            )
        }
        let lock = try await wiring.store.lock(RoleName.hooks)
        defer { withExtendedLifetime(lock) {} }
        do {
            return try await wiring.hookRegistration(of: account, keeper: keeper, base: url).putRight(renewing: renew)
        } catch let error as PortError {
            throw Failure(Self.text(of: error, url: url))
        }
    }

    private static func text(of error: PortError, url: String) -> String {
        switch error.code {
        case .refused, .conflict:
            "\(error). If the service cannot reach the address: causeway serve has to run, and to be reached under \(url)"
        case .unknownOutcome, .unavailable, .throttled, .queueFull, .unreadableAnswer, .quotaSpent:
            "\(error). Run causeway webhooks register again: it looks first what came of it"
        case .needsAuthorisation, .forbidden, .notFound, .otherAccount: "\(error)"
        }
    }

    private func line(of result: HookRegistration.Result, _ account: Account) -> String {
        let done =
            switch result.act {
            case .kept: "is right"
            case .created: "was made"
            case .changed: "was put right"
            case .replaced: "was made anew"
            case .refused: "was refused; changes are found without it, only later"
            }
        let why = result.problem.map { " (\($0))" } ?? ""
        let removed = result.removed == 0 ? "" : "; \(result.removed) more of it taken away"
        return "\(account.name): the webhook “\(result.topic)” \(done)\(why)\(removed)"
    }

    private struct Answer: Encodable {
        struct Hook: Encodable {
            var topic: String
            var act: String
            var problem: String?
            var removed: Int

            private enum CodingKeys: String, CodingKey { case topic, act, problem, removed }

            init(_ result: HookRegistration.Result) {
                topic = result.topic
                act = result.act.rawValue
                problem = result.problem
                removed = result.removed
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(topic, forKey: .topic)
                try container.encode(act, forKey: .act)
                try container.encode(problem, forKey: .problem)
                try container.encode(removed, forKey: .removed)
            }
        }

        var account: String
        var url: String
        var hooks: [Hook]
    }
}
