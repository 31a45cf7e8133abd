import ArgumentParser
import Bridge
import Foundation
import Reconciliation
import Store

/// Writes what the ledger has about one address as a bundle that can be checked anywhere.
struct LedgerExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write everything about one address as a bundle that can be checked without the database.",
        discussion: "The bundle is one JSON document: events, evidence, what was written to either side and what was "
            + "answered, elapsed times, and what proves that the ledger has them. Check it with causeway ledger verify FILE."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The address.")
    var address: String

    @Option(help: "The file, which must not exist yet; without it, standard output.")
    var out: String?

    func run() async throws {
        guard let address = Address(typed: address) else { throw ValidationError("the address is empty") }
        let wiring = try await Wiring.open(options)
        let (sealer, now) = (wiring.store.sealer, wiring.clock.now)
        let bundle = try await wiring.store.database.read {
            try LedgerExport.bundle(of: address, at: now, sealer: sealer, in: $0)
        }
        guard let out else {
            return Console.raw(String(decoding: bundle, as: UTF8.self))
        }
        let descriptor = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("cannot write \(out): \(String(cString: strerror(errno)))") }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(bundle))
            try file.synchronize()
        } catch {
            throw Failure("cannot write \(out): \(error.localizedDescription)")
        }
        if options.json { return try JSONOutput.print(["file": out, "address": address.text]) }
        Console.line("\(out) written; check it with: causeway ledger verify \(out)")
    }
}
