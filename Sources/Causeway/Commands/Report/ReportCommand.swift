import ArgumentParser
import Bridge
import Foundation
import Reconciliation
import Store

/// Shows what became of the mail that went to a campaign's lists.
///
/// `--json`: one document, `{"campaign":{"id","reference","name"},"openedBy","accounts":[…]}`. `openedBy` is always
/// `machine-or-human`: no provider can tell. Of each of `accounts[]`: `account`, `linked`, `list`, `searchedAt` (when
/// it
/// was last asked for what it has sent, or `null`), `problem` (why its reports cannot be read, or `null`) and
/// `mailings[]`, the newest first. Of each of these: `id`, `name`, `sentAt`, `sent`, `delivered`, `opened`, `clicked`,
/// `hardBounced`, `softBounced`, `complained`, `optedOut`, all in people and `null` before the first look; `people`,
/// how
/// many are known by name for each of the same keys; `readAt`, `countedAt` (when the provider counted, where it says
/// so),
/// `nextReadAt` (`null` for one that is not looked at any more), `deletedAt` (`null` while it is there), and
/// `firstDays`,
/// `{"spanSeconds","spans":[{"from","opened","clicked"}]}`, how many opened and clicked for the first time in each
/// span.
///
/// `--people … --json`: one line for each person, `{"account","mailing","name","act","address","at","lastAt","reason",
/// "event","records":[{"type","id","name"}]}`. `act` is `sent`, `opened`, `clicked`, `hard-bounced`, `soft-bounced`,
/// `complained` or `opted-out`; `event` is `{"sequence","rule","by","received"}` of the ledger's row that it belongs
/// to,
/// or `null`; `records` are the Persons and Leads with the address, empty where nobody has it.
///
/// `--csv`: the same columns as RFC 4180, records as `person 4; lead 7`. A cell that a spreadsheet would take for a
/// formula begins with an apostrophe.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Show what became of the mail that went to a campaign's lists.",
        discussion:
            "Mailings are looked at hourly on their first day, six-hourly to the third, daily to the fourteenth and "
            + "weekly to the sixtieth; causeway sync --full looks at once. Opens count machines as well as people."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The campaign: its id, reference or exact name.")
    var campaign: String

    @Flag(help: "Answer as CSV.")
    var csv = false

    @Option(help: "The people instead of the totals: optouts, bounces, opens, clicks, complaints or sent.")
    var people: PeopleKind?

    func validate() throws {
        if csv && options.json { throw ValidationError("give either --json or --csv") }
    }

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let wanted = campaign
        let acts = people?.acts
        let now = wiring.clock.now
        let (report, rows) = try await wiring.store.database.read { connection in
            let found = try CampaignLookup.find(wanted, among: try Campaigns.all(in: connection))
            let report = try ReportReading.read(found, at: now, in: connection)
            return (report, try acts.map { try ReportPerson.all(of: report, acts: $0, in: connection) })
        }
        if report.accounts.isEmpty {
            throw Failure("\(report.campaign.reference) is not linked; link it with causeway link")
        }
        if let rows { return try show(rows, of: report) }
        if options.json { return try JSONOutput.print(report) }
        if csv { return Console.raw(ReportCSV.text(of: report)) }
        for line in ReportText.lines(of: report) { Console.line(line) }
    }

    private func show(_ rows: [ReportPerson], of report: ReportReading) throws {
        if options.json { return try JSONOutput.printLines(rows) }
        if csv { return Console.raw(ReportCSV.text(of: rows)) }
        for line in ReportText.lines(of: rows, kind: people ?? .optouts, report) { Console.line(line) }
    }
}

/// Which people are shown.
enum PeopleKind: String, ExpressibleByArgument, CaseIterable, Sendable {
    case optouts, bounces, opens, clicks, complaints, sent

    var acts: [MailingAct] {
        switch self {
        case .optouts: [.optedOut]
        case .bounces: [.hardBounced, .softBounced]
        case .opens: [.opened]
        case .clicks: [.clicked]
        case .complaints: [.complained]
        case .sent: [.sent]
        }
    }
}
