import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Has deliveries decided again: what they say that is known already changes nothing.
///
/// `--json`: one document `{"replayed":[…ids]}`.
struct InboxReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Decide deliveries again: some by id, or all dead ones.",
        discussion: "A running causeway serve takes them up at once. What is known already changes nothing."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The deliveries' ids; see causeway inbox list.")
    var ids: [Int64] = []

    @Flag(help: "All dead letters.")
    var dead = false

    func validate() throws {
        if ids.isEmpty != dead { throw ValidationError("give the ids of deliveries, or --dead for all dead ones") }
    }

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let (ids, isAllDead, now) = (ids, dead, wiring.clock.now)
        let (replayed, absent) = try await wiring.store.database.write { connection in
            let wanted =
                isAllDead ? try Inbox.list(state: .dead, limit: Int(Int32.max), on: connection).map(\.id).sorted() : ids
            let absent = try wanted.filter { try Inbox.show($0, on: connection) == nil }
            var replayed: [Int64] = []
            for id in wanted where try Inbox.replay(id, now: now, on: connection) { replayed.append(id) }
            return (replayed, absent)
        }
        if options.json {
            try JSONOutput.print(Answer(replayed: replayed))
        } else {
            Console.line("\(replayed.count) deliveries wait to be decided again")
        }
        for id in absent { Console.error("error: there is no delivery \(id); see causeway inbox list") }
        if !absent.isEmpty { throw replayed.isEmpty ? ExitStatus.failed : ExitStatus.partial }
    }

    private struct Answer: Encodable {
        var replayed: [Int64]
    }
}
