import Reconciliation

/// What became of the mail that an account sent, as far as the provider reports it.
///
/// A provider that reports nothing has none (`EmailProvider.mailingReports`). Every method throws `PortError` (or
/// `CancellationError`).
package protocol MailingReports: Sendable {
    var reporting: ReportingCapabilities { get }

    /// One page of what was sent since a moment, whatever lists it went to.
    ///
    /// - Parameter cursor: `next` of the page before; nil for the first.
    func sentMailings(since moment: Timestamp, cursor: String?) async throws -> SentMailingPage

    /// The mailings of something that was sent, each with the lists that it went to.
    ///
    /// Asked only where the page of `sentMailings` did not say it already.
    /// - Returns: nil where it is gone.
    func mailings(of sending: String) async throws -> [Mailing]?

    /// The figures of mailings, at most `reporting.totalsBatch`; one that is not answered is taken for uncounted.
    func figures(of mailings: [MailingID]) async throws -> [MailingID: MailingFigures]

    /// One page of the people of a report.
    ///
    /// - Parameters:
    ///   - report: one of `reporting.reports`.
    /// - moment: what happened before was read already, and may be left out where that saves calls; nil for
    /// everything.
    ///   - cursor: `next` of the page before; nil for the first.
    func people(
        in report: PeopleReport,
        of mailing: MailingID,
        since moment: Timestamp?,
        cursor: String?
    ) async throws -> MailingPeoplePage
}

extension EmailProvider {
    /// No reports, as a provider without any.
    package var mailingReports: (any MailingReports)? { nil }
}

/// What a provider's reports can tell, as data.
package struct ReportingCapabilities: Sendable, Hashable {
    /// Mailings whose totals one call answers.
    package var totalsBatch: Int
    /// The people reports that there are, each with what its rows tell; what no report tells is counted only.
    package var reports: [PeopleReport: Set<MailingAct>]
    /// The reports that can only be read from their beginning, whatever is known of them.
    package var readWhole: Set<PeopleReport>
    /// People on one page.
    package var pageSize: Int
    /// Whether a hard bounce changes the contact, which is read to know of it; otherwise the report's word is all
    /// there is.
    package var bouncesShowOnContact: Bool

    package init(
        totalsBatch: Int,
        reports: [PeopleReport: Set<MailingAct>],
        readWhole: Set<PeopleReport> = [],
        pageSize: Int,
        bouncesShowOnContact: Bool
    ) {
        self.totalsBatch = totalsBatch
        self.reports = reports
        self.readWhole = readWhole
        self.pageSize = pageSize
        self.bouncesShowOnContact = bouncesShowOnContact
    }
}

/// A collection of people that a provider pages through.
package enum PeopleReport: String, Sendable, Hashable, CaseIterable {
    case recipients, opens, clicks, bounces, complaints
    case optOuts = "opt-outs"
}

/// Something that was sent: one mailing, or several of one name, such as a mail and its repetition for those who did
/// not open it.
package struct SentMailing: Sendable, Hashable {
    /// The provider's id of it.
    package var sending: String
    /// When it was sent last.
    package var sentAt: Timestamp?
    /// Its mailings; nil where they have to be asked for.
    package var mailings: [Mailing]?

    package init(sending: String, sentAt: Timestamp?, mailings: [Mailing]? = nil) {
        self.sending = sending
        self.sentAt = sentAt
        self.mailings = mailings
    }
}

/// One page of what was sent.
package struct SentMailingPage: Sendable, Hashable {
    package var sent: [SentMailing]
    /// What to pass for the next page; nil after the last one.
    package var next: String?

    package init(sent: [SentMailing], next: String?) {
        self.sent = sent
        self.next = next
    }
}

/// One mail that went to lists.
package struct Mailing: Sendable, Hashable {
    package var id: MailingID
    /// What the marketer calls it.
    package var name: String
    package var sentAt: Timestamp?
    /// The lists that it went to; empty for one that went to others.
    package var lists: Set<ListID>

    package init(id: MailingID, name: String, sentAt: Timestamp?, lists: Set<ListID>) {
        self.id = id
        self.name = name
        self.sentAt = sentAt
        self.lists = lists
    }
}

/// What a provider says of a mailing's figures.
package enum MailingFigures: Sendable, Hashable {
    case counted(MailingTotals)
    /// The mailing is there, and has no figures now.
    case uncounted
    /// The mailing is not there any more.
    case gone
}

/// One page of people.
package struct MailingPeoplePage: Sendable, Hashable {
    package var people: [MailingSighting]
    /// What to pass for the next page; nil after the last one.
    package var next: String?

    package init(people: [MailingSighting], next: String?) {
        self.people = people
        self.next = next
    }
}

/// What one person did with a mailing, or what became of it for them.
package struct MailingSighting: Sendable, Hashable {
    package var act: MailingAct
    /// The address that it was sent to, as the provider holds it.
    package var email: String
    /// By the provider's clock; the first and the last time, nil where it does not say.
    package var firstAt: Timestamp?
    package var lastAt: Timestamp?
    /// The person's reason for opting out, or the provider's for a bounce.
    package var reason: String?

    package init(
        act: MailingAct,
        email: String,
        firstAt: Timestamp?,
        lastAt: Timestamp? = nil,
        reason: String? = nil
    ) {
        self.act = act
        self.email = email
        self.firstAt = firstAt
        self.lastAt = lastAt ?? firstAt
        self.reason = reason
    }
}
