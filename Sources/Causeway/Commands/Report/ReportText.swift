import Foundation

/// A report in words, tables and a chart, for a terminal.
enum ReportText {
    /// The totals, account by account, and the first days of the newest mailing of each.
    static func lines(of report: ReportReading) -> [String] {
        var lines = ["\(report.campaign.reference) \(report.campaign.name)"]
        for account in report.accounts {
            let list = account.list.map { ", list “\($0)”" } ?? ", no longer linked"
            lines += ["", "\(account.account)\(list)"]
            if let problem = account.problem { lines.append("  the reports cannot be read: \(problem)") }
            guard !account.mailings.isEmpty else {
                lines.append("  \(nothing(account))")
                continue
            }
            lines += table(account.mailings).lines.map { "  \($0)" }
            lines += account.mailings.flatMap(notes).map { "  \($0)" }
            if let newest = account.mailings.first { lines += chart(newest) }
        }
        if report.accounts.contains(where: { !$0.mailings.isEmpty }) {
            lines += ["", "Opened counts machines as well as people: no provider can tell them apart."]
        }
        return lines
    }

    private static func nothing(_ account: ReportReading.AccountReport) -> String {
        if account.searchedAt == nil {
            return account.problem == nil
                ? "not looked at yet: causeway serve does it, or causeway sync --full" : "nothing is known"
        }
        return "nothing was sent to this list yet, as of \(account.searchedAt ?? "")"
    }

    private static func table(_ mailings: [MailingReport]) -> Table {
        var table = Table(
            [
                "MAILING", "SENT AT", "SENT", "DELIVERED", "OPENED", "CLICKED", "HARD", "SOFT", "COMPLAINED",
                "OPTED OUT",
            ],
            rightAligned: Set(2...9)
        )
        for mailing in mailings {
            let totals = mailing.totals
            func figure(_ path: KeyPath<MailingReport.People, Int>) -> String {
                totals.map { String($0[keyPath: path]) } ?? "-"
            }
            table.add([
                mailing.deletedAt == nil ? mailing.name : "\(mailing.name) (deleted)", mailing.sentAt ?? "-",
                figure(\.sent), figure(\.delivered), figure(\.opened), figure(\.clicked), figure(\.hardBounced),
                figure(\.softBounced), figure(\.complained), figure(\.optedOut),
            ])
        }
        return table
    }

    /// What the figures alone do not say: that a mailing is gone, or that not everybody behind them is known.
    private static func notes(_ mailing: MailingReport) -> [String] {
        var notes: [String] = []
        if let deleted = mailing.deletedAt {
            notes.append(
                "\(mailing.name): deleted at the provider, found at \(deleted); the figures are the last ones read"
            )
        }
        guard let totals = mailing.totals else { return notes + ["\(mailing.name): not read yet"] }
        let missing = [
            ("sent", totals.sent - mailing.people.sent), ("opened", totals.opened - mailing.people.opened),
            ("clicked", totals.clicked - mailing.people.clicked),
            ("hard bounces", totals.hardBounced - mailing.people.hardBounced),
            ("soft bounces", totals.softBounced - mailing.people.softBounced),
            ("complaints", totals.complained - mailing.people.complained),
            ("opt-outs", totals.optedOut - mailing.people.optedOut),
        ].filter { $0.1 > 0 }.map { "\($0.1) of \($0.0)" }
        if !missing.isEmpty {
            notes.append("\(mailing.name): not known by name: \(missing.joined(separator: ", "))")
        }
        return notes
    }

    // MARK: The chart

    /// How wide the longest bar is.
    private static let barWidth = 40

    /// A bar for each span: the full part for first clicks, the shaded one for first opens beyond them.
    private static func chart(_ mailing: MailingReport) -> [String] {
        let spans = mailing.firstDays.spans
        guard let most = spans.map({ max($0.opened, $0.clicked) }).max(), most > 0 else { return [] }
        let hours = mailing.firstDays.spanSeconds / 3_600
        var lines = [
            "", "  \(mailing.name): first opens ░ and clicks █, \(hours == 24 ? "by day" : "by \(hours) hours")",
        ]
        var table = Table(["", "", "", ""], rightAligned: [1, 2])
        for span in spans {
            table.add([
                String(span.from.prefix(16)).replacing("T", with: " "), String(span.opened), String(span.clicked),
                bar(span, most),
            ])
        }
        lines += table.lines.dropFirst().map { "  \($0)" }
        return lines
    }

    private static func bar(_ span: MailingReport.FirstDays.Span, _ most: Int) -> String {
        func width(_ count: Int) -> Int { count == 0 ? 0 : max(1, count * barWidth / most) }
        let (opened, clicked) = (width(span.opened), width(span.clicked))
        return String(repeating: "█", count: clicked) + String(repeating: "░", count: max(0, opened - clicked))
    }

    // MARK: People

    /// The people, one a line.
    static func lines(of rows: [ReportPerson], kind: PeopleKind, _ report: ReportReading) -> [String] {
        guard !rows.isEmpty else {
            return ["\(report.campaign.reference): no \(kind.words) known"]
        }
        var table = Table(["AT", "ADDRESS", "ACT", "PERSON OR LEAD", "MAILING", "ACCOUNT", "LEDGER", "REASON"])
        for row in rows {
            let records = row.records.map { record in
                "\(record.type) \(record.id)\(record.name.isEmpty ? "" : " \(record.name)")"
            }
            table.add([
                row.at ?? "-", row.address, row.act, records.isEmpty ? "no record" : records.joined(separator: ", "),
                row.name, row.account, row.event.map { "\($0.rule) by \($0.by), row \($0.sequence)" } ?? "-",
                row.reason ?? "",
            ])
        }
        return table.lines
    }
}

extension PeopleKind {
    /// What they are, in words for people.
    fileprivate var words: String {
        switch self {
        case .optouts: "opt-outs are"
        case .bounces: "bounces are"
        case .opens: "opens are"
        case .clicks: "clicks are"
        case .complaints: "complaints are"
        case .sent: "recipients are"
        }
    }
}
