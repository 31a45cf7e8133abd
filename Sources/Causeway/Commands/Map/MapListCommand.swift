import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Shows the attribute tables.
///
/// `--json`: one line for each row, `{"id","account","attribute","field","fieldId","only","clear"}`; `only` is
/// `person`, `lead` or `null`.
struct MapListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show which attributes follow into which fields."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only this provider account.")
    var account: String?

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let wanted = account.map { AccountID($0) }
        let rows = try await wiring.store.database.read { try Mappings.of(wanted, in: $0) }
        if options.json { return try JSONOutput.printLines(rows.map { MappingRow($0) }) }
        if rows.isEmpty { return Console.line("nothing is mapped; names follow by themselves") }
        var table = Table(["ID", "ACCOUNT", "ATTRIBUTE", "FIELD", "ONLY", "BLANK"], rightAligned: [0])
        for row in rows {
            table.add([
                String(row.id), row.account.rawValue, row.mapping.attribute, row.mapping.field,
                row.mapping.only?.title ?? "-", row.mapping.clears ? "clears" : "unchanged",
            ])
        }
        table.print()
    }
}

/// A mapping row as JSON.
struct MappingRow: Encodable {
    var id: Int64
    var account: String
    var attribute: String
    var field: String
    var fieldID: String
    var only: String?
    var clear: Bool
    var created: Bool?
    var warning: String?

    init(_ row: Mappings.Row) {
        id = row.id
        account = row.account.rawValue
        attribute = row.mapping.attribute
        field = row.mapping.field
        fieldID = row.fieldID
        only = row.mapping.only?.rawValue
        clear = row.mapping.clears
    }

    private enum CodingKeys: String, CodingKey {
        case id, account, attribute, field, only, clear, created, warning
        case fieldID = "fieldId"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(account, forKey: .account)
        try container.encode(attribute, forKey: .attribute)
        try container.encode(field, forKey: .field)
        try container.encode(fieldID, forKey: .fieldID)
        try container.encode(only, forKey: .only)
        try container.encode(clear, forKey: .clear)
        guard let created else { return }
        try container.encode(created, forKey: .created)
        try container.encode(warning, forKey: .warning)
    }
}
