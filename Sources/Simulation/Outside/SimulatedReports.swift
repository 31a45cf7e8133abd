import Bridge
import Reconciliation
import Synchronization

/// The reports of a simulated provider account: rows that tests put there, counted and paged.
package final class SimulatedReports: MailingReports {
    package struct State: Sendable {
        package var mailings: [Mailing] = []
        /// What each report shows, the newest first.
        package var rows: [MailingID: [PeopleReport: [MailingSighting]]] = [:]
        /// Mailings that somebody has deleted.
        package var deleted: Set<MailingID> = []
        /// Whether what was sent says where it went, or has to be asked.
        package var tellsLists = false
        /// Whether the account may not read its reports.
        package var isForbidden = false
    }

    package let state: Mutex<State> = Mutex(State())
    package let reporting: ReportingCapabilities
    private let name: String
    private let faults: Faults

    /// Makes reports without a mailing; each call is counted as `NAME.reports.…`.
    package init(
        name: String,
        faults: Faults,
        pageSize: Int = 3,
        readWhole: Set<PeopleReport> = [],
        bouncesShowOnContact: Bool = false
    ) {
        self.name = name
        self.faults = faults
        reporting = ReportingCapabilities(
            totalsBatch: 2,
            reports: [
                .recipients: [.sent], .opens: [.opened], .clicks: [.clicked], .bounces: [.hardBounced, .softBounced],
                .optOuts: [.optedOut], .complaints: [.complained],
            ],
            readWhole: readWhole,
            pageSize: pageSize,
            bouncesShowOnContact: bouncesShowOnContact
        )
    }

    // MARK: The world's side

    /// Something is sent to lists.
    package func send(_ id: String, name: String = "News", to lists: Set<ListID>, emails: [String], at now: Timestamp) {
        state.withLock { state in
            state.mailings.append(Mailing(id: MailingID(id), name: name, sentAt: now, lists: lists))
            for email in emails { Self.add(.sent, email, id, now, nil, to: &state) }
        }
    }

    /// Somebody does something with a mailing.
    package func act(_ act: MailingAct, _ email: String, on id: String, at now: Timestamp, reason: String? = nil) {
        state.withLock { Self.add(act, email, id, now, reason, to: &$0) }
    }

    private static func add(
        _ act: MailingAct,
        _ email: String,
        _ id: String,
        _ now: Timestamp,
        _ reason: String?,
        to state: inout State
    ) {
        let row = MailingSighting(act: act, email: email, firstAt: now, reason: reason)
        state.rows[MailingID(id), default: [:]][report(of: act), default: []].insert(row, at: 0)
    }

    private static func report(of act: MailingAct) -> PeopleReport {
        switch act {
        case .sent: .recipients
        case .opened: .opens
        case .clicked: .clicks
        case .hardBounced, .softBounced: .bounces
        case .complained: .complaints
        case .optedOut: .optOuts
        }
    }

    // MARK: The port

    package func sentMailings(since moment: Timestamp, cursor: String?) async throws -> SentMailingPage {
        try await call("sent") { state in
            let recent = state.mailings.filter { $0.sentAt.map { $0 >= moment } ?? true }
            return SentMailingPage(
                sent: recent.map { mailing in
                    SentMailing(
                        sending: "sending of \(mailing.id)",
                        sentAt: mailing.sentAt,
                        mailings: state.tellsLists ? [mailing] : nil
                    )
                },
                next: nil
            )
        }
    }

    package func mailings(of sending: String) async throws -> [Mailing]? {
        try await call("lists") { state in state.mailings.filter { "sending of \($0.id)" == sending } }
    }

    package func figures(of mailings: [MailingID]) async throws -> [MailingID: MailingFigures] {
        try await call("figures") { state in
            var found: [MailingID: MailingFigures] = [:]
            for id in mailings {
                found[id] =
                    state.deleted.contains(id) ? .gone : .counted(Self.totals(state.rows[id] ?? [:]))
            }
            return found
        }
    }

    private static func totals(_ rows: [PeopleReport: [MailingSighting]]) -> MailingTotals {
        func count(_ act: MailingAct) -> Int {
            Set((rows[report(of: act)] ?? []).filter { $0.act == act }.map(\.email)).count
        }
        return MailingTotals(
            sent: count(.sent),
            opened: count(.opened),
            clicked: count(.clicked),
            hardBounced: count(.hardBounced),
            softBounced: count(.softBounced),
            complained: count(.complained),
            optedOut: count(.optedOut)
        )
    }

    package func people(
        in report: PeopleReport,
        of mailing: MailingID,
        since moment: Timestamp?,
        cursor: String?
    ) async throws -> MailingPeoplePage {
        try await call("people.\(report.rawValue)") { state in
            let all = state.rows[mailing]?[report] ?? []
            let start = cursor.flatMap(Int.init) ?? 0
            let page = Array(all.dropFirst(start).prefix(reporting.pageSize))
            let end = start + page.count
            let isReached = moment.map { moment in page.contains { ($0.lastAt ?? moment) < moment } } ?? false
            return MailingPeoplePage(people: page, next: end < all.count && !isReached ? String(end) : nil)
        }
    }

    private func call<T: Sendable>(_ operation: String, _ body: (State) throws -> T) async throws -> T {
        try await faults.call("\(name).reports.\(operation)") {
            try state.withLock { state in
                if state.isForbidden {
                    throw PortError(.forbidden, operation: operation, detail: "the scope is missing", status: 403)
                }
                return try body(state)
            }
        }
    }
}
