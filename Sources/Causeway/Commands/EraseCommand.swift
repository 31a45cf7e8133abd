import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Erases an address: an opt-out stays that needs no address any more.
///
/// `--json`: `{"address","records":[{"type","id"}],"contacts":[{"account","id"}],"notAsked":[{"account","reason"}],
/// "waitingDeliveries","logEmptied"}`.
struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Erase an address and its data here, and keep it opted out for good.",
        discussion: """
            The address is opted out by you, whether or not it was. Then it goes from everything that Causeway keeps; \
            a keyed hash stays, so that it is opted out again wherever it comes back. Records in Workbooks and contacts \
            at the providers are yours to delete: they are named.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The address.")
    var address: String

    @Flag(help: "Do not ask.")
    var yes = false

    func run() async throws {
        guard let address = Address(typed: address), !address.isErased else {
            throw ValidationError("“\(address)” is no address")
        }
        let wiring = try await Wiring.open(options)
        try confirm(address)
        let silent = try await askBothSides(wiring, for: address)
        var erasure = try await erase(address, in: wiring)
        try await settle(address, wiring, &erasure)
        try report(address, erasure, silent)
        if !silent.isEmpty || erasure.outcome.waitingDeliveries > 0 || !erasure.isScrubbed { throw ExitStatus.partial }
    }

    private func confirm(_ address: Address) throws {
        if yes { return }
        guard Console.canAsk else { throw ValidationError("nobody is there to ask: give --yes to erase \(address)") }
        guard Console.confirms("Erase \(address), and opt it out for good?") else {
            throw Failure("nothing was changed")
        }
    }

    private func askBothSides(
        _ wiring: Wiring,
        for address: Address
    ) async throws -> [(account: AccountID, reason: String)] {
        let isConnected = try await wiring.store.database.read { try Accounts.all(on: $0).contains { $0.role == .crm } }
        guard isConnected else { return [] }
        return try await wiring.withEngine { try await $0.readHolders(of: address) }
    }

    /// A write for the address that is under way is waited for: what it does is not known before.
    private func erase(
        _ address: Address,
        in wiring: Wiring
    ) async throws -> (outcome: Erasure.Outcome, isScrubbed: Bool) {
        let until = wiring.clock.now.advanced(bySeconds: 60)
        while true {
            do {
                return try await wiring.store.erase(address, at: wiring.clock.now)
            } catch let underWay as Erasure.WriteUnderWay {
                guard wiring.clock.now < until else {
                    throw Failure(
                        "\(underWay.count) writes for \(address) are under way, and what they do is not known before "
                            + "they end; let causeway serve or causeway sync finish them, then erase again"
                    )
                }
                try await wiring.clock.sleep(milliseconds: 250)
            }
        }
    }

    /// Beside a running engine, a decision that was made with the address can still be stored: it is erased as well.
    private func settle(
        _ address: Address,
        _ wiring: Wiring,
        _ erasure: inout (outcome: Erasure.Outcome, isScrubbed: Bool)
    ) async throws {
        if try wiring.store.tryLock(RoleName.engine) != nil { return }
        var quiet = 0
        while quiet < 6 {
            try await wiring.clock.sleep(milliseconds: 500)
            quiet += 1
            if try await wiring.store.holds(address) {
                let again = try await erase(address, in: wiring)
                erasure.outcome.records = Array(Set(erasure.outcome.records + again.outcome.records)).sorted()
                erasure.outcome.contacts += again.outcome.contacts.filter { !erasure.outcome.contacts.contains($0) }
                erasure.isScrubbed = again.isScrubbed
                quiet = 0
            }
        }
    }

    private func report(
        _ address: Address,
        _ erasure: (outcome: Erasure.Outcome, isScrubbed: Bool),
        _ silent: [(account: AccountID, reason: String)]
    ) throws {
        let outcome = erasure.outcome
        if options.json {
            return try JSONOutput.print(
                EraseJSON(
                    address: address.text,
                    records: outcome.records.map { .init(type: $0.kind.rawValue, id: $0.id) },
                    contacts: outcome.contacts.map { .init(account: $0.account.rawValue, id: $0.id.rawValue) },
                    notAsked: silent.map { .init(account: $0.account.rawValue, reason: $0.reason) },
                    waitingDeliveries: outcome.waitingDeliveries,
                    logEmptied: erasure.isScrubbed
                )
            )
        }
        Console.line("\(address) is erased here, and opted out wherever it comes back")
        for record in outcome.records { Console.line("still has it in Workbooks: \(record)") }
        for contact in outcome.contacts { Console.line("still has it at \(contact.account): contact \(contact.id)") }
        for account in silent { Console.error("\(account.account) could not be asked for it: \(account.reason)") }
        if outcome.waitingDeliveries > 0 {
            Console.error(
                "\(outcome.waitingDeliveries) deliveries with it wait to be decided; erase it again once serve has done so"
            )
        }
        if !erasure.isScrubbed {
            Console.error("somebody reads the database without end; erase it again when that has ended")
        }
    }
}

private struct EraseJSON: Encodable {
    struct Record: Encodable {
        var type: String
        var id: Int64
    }

    struct Contact: Encodable {
        var account: String
        var id: String
    }

    struct Silent: Encodable {
        var account: String
        var reason: String
    }

    var address: String
    var records: [Record]
    var contacts: [Contact]
    var notAsked: [Silent]
    var waitingDeliveries: Int64
    var logEmptied: Bool
}
