import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Has parked rows tried again at the next round.
///
/// Contacts that were deleted at the provider (rule C9) wait for a decision and are refused: exit status 3 beside
/// others, 1 when nothing else was asked for. `--json`: one document `{"retried","refused"}`, each an array of rows as
/// `parked list` has them.
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
            try ParkedRetry.retry(at: now, in: connection) { row in
                (wanted.isEmpty || wanted.contains(row.address)) && (account == nil || row.account == account)
            }
        }
        let found = Set((outcome.retried + outcome.refused).map(\.address))
        let strangers = wanted.subtracting(found).sorted()
        if options.json {
            try JSONOutput.print(
                Answer(retried: outcome.retried.map(ParkedJSON.init), refused: outcome.refused.map(ParkedJSON.init))
            )
        } else {
            Console.line("\(outcome.retried.count) rows are tried again at the next round; causeway sync runs one now")
        }
        for address in strangers { Console.error("error: nothing is parked for \(address); see causeway parked list") }
        for row in outcome.refused {
            Console.error(
                "error: \(row.address) at \(row.account) waits for a decision: the contact was deleted there (C9), "
                    + "and is not made again by a retry"
            )
        }
        if !strangers.isEmpty || !outcome.refused.isEmpty {
            throw outcome.retried.isEmpty ? ExitStatus.failed : ExitStatus.partial
        }
    }

    private static func address(_ typed: String) throws -> String {
        guard let address = Address(typed: typed) else { throw ValidationError("an address is empty") }
        return address.text
    }

    private struct Answer: Encodable {
        var retried: [ParkedJSON]
        var refused: [ParkedJSON]
    }
}
