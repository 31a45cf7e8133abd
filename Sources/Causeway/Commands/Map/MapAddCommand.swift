import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Adds a row to an account's attribute table, after holding it against the metadata of both sides.
///
/// `--json`: the row as `map list` has it, with `"created"` (whether the provider's field was made) and `"warning"`.
struct MapAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Map a Workbooks attribute to a field of a provider account.",
        discussion: "The provider's field is made where it is missing. Blank values leave it as it is, unless --clear."
    )

    /// A kind of record on the command line.
    enum Only: String, ExpressibleByArgument, CaseIterable {
        case person, lead
    }

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The attribute's name or title, such as main_location[town].")
    var field: String

    @Option(help: "The provider's field, by label or name.")
    var to: String

    @Option(help: "The provider account.")
    var account: String

    @Option(help: "Only from this kind of record; set by itself for an attribute that one kind alone has.")
    var only: Only?

    @Flag(help: "A blank value clears the field.")
    var clear = false

    func validate() throws {
        if to.trimmingBlanks.isEmpty { throw ValidationError("--to takes the name of a field") }
        if Self.ownFields.contains(to.lowercased()) {
            throw ValidationError("\(to) follows Workbooks by itself and cannot be mapped")
        }
    }

    func run() async throws {
        let wiring = try await Wiring.open(options)
        try await wiring.withEngine { try await add(wiring, $0) }
    }

    private func add(_ wiring: Wiring, _ engine: Engine) async throws {
        let account = AccountID(account)
        let provider = try engine.provider(named: account)
        let choice = try MappingCheck.choose(
            field,
            among: [
                .person: try await engine.crm.attributes(of: .person),
                .lead: try await engine.crm.attributes(of: .lead),
            ],
            only: only.map { $0 == .person ? .person : .lead }
        )
        let name = to.trimmingBlanks
        let known = try await provider.fields().first { field in
            field.id == name || field.name.lowercased() == name.lowercased()
                || field.label.lowercased() == name.lowercased()
        }
        if let known {
            try await refuseTaken(known, account: account, wiring: wiring)
            // What does not fit is refused before anything is made or stored.
            _ = try MappingCheck.fit(
                choice.attribute,
                into: known,
                longestValue: provider.capabilities.longestFieldValue
            )
        }
        let target: ProviderField
        if let known { target = known } else { target = try await provider.createField(labelled: name) }
        let warning = try MappingCheck.fit(
            choice.attribute,
            into: target,
            longestValue: provider.capabilities.longestFieldValue
        )

        let mapping = FieldMapping(
            attribute: choice.attribute.name,
            field: target.name,
            only: choice.only,
            clears: clear
        )
        let now = wiring.clock.now
        let stored = try await wiring.store.database.write { connection -> Mappings.Row? in
            guard let id = try Mappings.insert(mapping, fieldID: target.id, account: account, in: connection) else {
                return nil
            }
            let version = try ConfigurationVersion.advance(at: now, in: connection)
            try ConfigurationVersion.rereadRecords(of: account, since: version, at: now, in: connection)
            return try Mappings.of(account, in: connection).first { $0.id == id }
        }
        guard let stored else { throw Self.taken(target.name, account) }
        if options.json {
            var row = MappingRow(stored)
            row.created = known == nil
            row.warning = warning
            try JSONOutput.print(row)
        } else {
            let kinds = choice.only.map { " (\($0.title) only)" } ?? ""
            let made = known == nil ? ", which was made" : ""
            Console.line("\(stored.id): \(mapping.attribute)\(kinds) → “\(target.label)” of \(account)\(made)")
            if let warning { Console.error("warning: \(warning)") }
        }
    }

    private func refuseTaken(_ field: ProviderField, account: AccountID, wiring: Wiring) async throws {
        let rows = try await wiring.store.database.read { try Mappings.of(account, in: $0) }
        if rows.contains(where: { $0.mapping.field == field.name }) { throw Self.taken(field.name, account) }
    }

    private static func taken(_ field: String, _ account: AccountID) -> Failure {
        Failure("the field “\(field)” of \(account) is mapped already; see causeway map list and causeway map remove")
    }

    /// Names and the address follow without a row.
    private static let ownFields: Set<String> = ["email", "email_address", "first_name", "last_name"]
}

extension Engine {
    /// The client of a provider account.
    ///
    /// - Throws: `Failure` that names the accounts that are connected.
    func provider(named account: AccountID) throws -> any EmailProvider {
        if let provider = providers[account] { return provider }
        let known = providerAccounts.map(\.rawValue).joined(separator: ", ")
        throw Failure("there is no provider account “\(account)”; connected are: \(known.isEmpty ? "none" : known)")
    }
}

extension String {
    /// The text without blanks around it.
    var trimmingBlanks: String {
        var scalars = Substring(self).unicodeScalars
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }
}
