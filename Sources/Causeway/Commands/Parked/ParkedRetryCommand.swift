import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Has parked rows tried again at the next round.
///
/// Addresses that wait for a decision on a hold, such as those of contacts that were deleted at the provider (C9), are
/// refused: exit status 3 beside others, 1 when nothing else was asked for. `--json`: one document
/// `{"retried","refused"}`: an array of rows as `parked list` has them, and one of `{"address","account","hold","rule"}`.
struct ParkedRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try parked rows again at the next round: all, or those of some addresses."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Addresses; all parked rows when none is given.")
    var addresses: [String] = []

    @Option(help: "Only rows of this account.")
    var account: String?

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let wanted = Set(try addresses.map(Self.address))
        let account = account.map { AccountID($0) }
        let now = wiring.clock.now
        let outcome = try await wiring.store.database.write { connection in
            try ParkedRetry.retry(
                asking: wanted.map { Address(compared: $0) },
                at: now,
                in: connection
            ) { row in
                (wanted.isEmpty || wanted.contains(row.address)) && (account == nil || row.account == account)
            }
        }
        let found = Set(outcome.retried.map(\.address) + outcome.held.map(\.address))
        let strangers = wanted.subtracting(found).sorted()
        if options.json {
            try JSONOutput.print(
                Answer(retried: outcome.retried.map(ParkedJSON.init), refused: outcome.held.map(HeldJSON.init))
            )
        } else {
            Console.line("\(outcome.retried.count) rows are tried again at the next round; causeway sync runs one now")
        }
        for address in strangers { Console.error("error: nothing is parked for \(address); see causeway parked list") }
        for row in outcome.held {
            Console.error(
                "error: \(row.address) waits for a decision on hold \(row.hold) (\(row.cause.kind.rule)): "
                    + "\(row.cause.kind.title); a retry decides nothing, causeway holds does"
            )
        }
        if !strangers.isEmpty || !outcome.held.isEmpty {
            throw outcome.retried.isEmpty ? ExitStatus.failed : ExitStatus.partial
        }
    }

    private static func address(_ typed: String) throws -> String {
        guard let address = Address(typed: typed) else { throw ValidationError("an address is empty") }
        return address.text
    }

    private struct Answer: Encodable {
        var retried: [ParkedJSON]
        var refused: [HeldJSON]
    }

    private struct HeldJSON: Encodable {
        var address: String
        var account: String
        var hold: Int64
        var rule: String

        init(_ row: HoldRow) {
            address = row.address
            account = row.account.rawValue
            hold = row.hold
            rule = row.cause.kind.rule
        }
    }
}
