import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Removes a row of an attribute table; the provider's field keeps its values.
///
/// `--json`: one document, the row that was removed, as `map list` has it.
struct MapRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "End a mapping; the provider's field keeps its values."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The row's id; see causeway map list.")
    var id: Int64

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let (id, now) = (id, wiring.clock.now)
        let removed = try await wiring.store.database.write { connection -> Mappings.Row? in
            let row = try Mappings.of(nil, in: connection).first { $0.id == id }
            guard let row, try Mappings.delete(id, in: connection) else { return nil }
            try ConfigurationVersion.advance(at: now, in: connection)
            return row
        }
        guard let removed else { throw Failure("there is no mapping \(id); see causeway map list") }
        if options.json { return try JSONOutput.print(MappingRow(removed)) }
        Console.line(
            "\(removed.mapping.attribute) no longer follows into “\(removed.mapping.field)” of \(removed.account)"
        )
    }
}
