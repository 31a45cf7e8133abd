/// A report as comma-separated values.
enum ReportCSV {
    /// The totals, one mailing a line; figures that are not known are empty.
    static func text(of report: ReportReading) -> String {
        var csv = CSV([
            "campaign", "account", "list", "mailing", "name", "sentAt", "sent", "delivered", "opened", "clicked",
            "hardBounced", "softBounced", "complained", "optedOut", "readAt", "countedAt", "deletedAt",
        ])
        for account in report.accounts {
            for mailing in account.mailings {
                let totals = mailing.totals
                let figures = [
                    totals?.sent, totals?.delivered, totals?.opened, totals?.clicked, totals?.hardBounced,
                    totals?.softBounced, totals?.complained, totals?.optedOut,
                ].map { $0.map(String.init) ?? "" }
                csv.add(
                    [
                        report.campaign.reference, account.account, account.list ?? "", mailing.id, mailing.name,
                        mailing.sentAt ?? "",
                    ] + figures + [mailing.readAt ?? "", mailing.countedAt ?? "", mailing.deletedAt ?? ""]
                )
            }
        }
        return csv.text
    }

    /// The people, one a line.
    static func text(of rows: [ReportPerson]) -> String {
        var csv = CSV([
            "account", "mailing", "name", "act", "address", "at", "lastAt", "reason", "event", "rule", "by", "records",
        ])
        for row in rows {
            csv.add([
                row.account, row.mailing, row.name, row.act, row.address, row.at ?? "", row.lastAt ?? "",
                row.reason ?? "", row.event.map { String($0.sequence) } ?? "", row.event?.rule ?? "",
                row.event?.by ?? "", row.records.map { "\($0.type) \($0.id)" }.joined(separator: "; "),
            ])
        }
        return csv.text
    }
}
