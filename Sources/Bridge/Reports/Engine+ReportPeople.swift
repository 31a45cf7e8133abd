import Reconciliation
import Store

extension Engine {
    /// How long before the last stamp that was read something can have happened and not have shown, in seconds.
    private static let peopleOverlap: Int64 = 900
    /// How often a report whose rows are fewer than its total is read from its beginning, in seconds.
    private static let pauseBetweenChecks: Int64 = 86_400

    /// Reads the people of one report, as far as fewer are known than were counted, and stores each page with the
    /// position behind it.
    func readPeople(
        _ report: PeopleReport,
        of mailing: StoredMailing,
        _ totals: MailingTotals,
        _ reports: any MailingReports
    ) async throws {
        guard let acts = reports.reporting.reports[report] else { return }
        var (reading, isShort) = try await standing(of: report, of: mailing, acts, totals)
        if reading.walk == nil {
            guard isShort, let walk = nextWalk(report, reading, totals, reports.reporting) else { return }
            reading.walk = walk
        }
        try await finish(&reading, report, of: mailing, reports)
        isShort = try await standing(of: report, of: mailing, acts, totals).isShort
        let checked = reading.wholeAt ?? Timestamp(milliseconds: 0)
        // Something that happened earlier has shown only now.
        guard isShort, !reports.reporting.readWhole.contains(report),
            checked.advanced(bySeconds: Self.pauseBetweenChecks) <= clock.now
        else { return }
        reading.walk = MailingReading.Walk(began: clock.now, since: nil)
        try await finish(&reading, report, of: mailing, reports)
    }

    private func standing(
        of report: PeopleReport,
        of mailing: StoredMailing,
        _ acts: Set<MailingAct>,
        _ totals: MailingTotals
    ) async throws -> (reading: MailingReading, isShort: Bool) {
        try await store.database.read { connection in
            let counts = try MailingPeople.counts(of: mailing.id, in: connection)
            return (
                try MailingReadings.of(mailing.id, report: report.rawValue, in: connection),
                acts.contains { counts[$0] ?? 0 < totals.count($0) }
            )
        }
    }

    /// The walk that is due now; nil for a large report that was read from its beginning a short while ago.
    private func nextWalk(
        _ report: PeopleReport,
        _ reading: MailingReading,
        _ totals: MailingTotals,
        _ reporting: ReportingCapabilities
    ) -> MailingReading.Walk? {
        let now = clock.now
        guard reporting.readWhole.contains(report) else {
            let since = reading.wholeAt == nil ? nil : reading.readTo?.advanced(bySeconds: -Self.peopleOverlap)
            return MailingReading.Walk(began: now, since: since)
        }
        let rows = (reporting.reports[report] ?? []).map { totals.count($0) }.max() ?? 0
        let pages = (rows + reporting.pageSize - 1) / reporting.pageSize
        if let last = reading.wholeAt, ReportSchedule.nextWhole(pages: pages, readAt: last) > now { return nil }
        return MailingReading.Walk(began: now, since: nil)
    }

    /// Goes on with a walk until its last page.
    private func finish(
        _ reading: inout MailingReading,
        _ report: PeopleReport,
        of mailing: StoredMailing,
        _ reports: any MailingReports
    ) async throws {
        var hasBegunAnew = false
        while var walk = reading.walk {
            let page: MailingPeoplePage
            do {
                page = try await reports.people(in: report, of: mailing.mailing, since: walk.since, cursor: walk.next)
            } catch let error as PortError where walk.next != nil && !hasBegunAnew && error.endsWalk {
                // The provider does not know the page any more; what was read of the walk stays.
                hasBegunAnew = true
                reading.walk = MailingReading.Walk(began: clock.now, since: walk.since)
                continue
            }
            walk.latest = page.people.compactMap(\.lastAt).reduce(walk.latest) { latest, at in max(latest ?? at, at) }
            walk.next = page.next
            if page.next == nil {
                reading.readTo = [reading.readTo, walk.latest].compactMap { $0 }.max()
                if walk.since == nil { reading.wholeAt = walk.began }
                reading.walk = nil
            } else {
                reading.walk = walk
            }
            try await save(page.people, reading, report, of: mailing)
        }
    }

    private func save(
        _ people: [MailingSighting],
        _ reading: MailingReading,
        _ report: PeopleReport,
        of mailing: StoredMailing
    ) async throws {
        let keys = store.sealer.ledgerKeys
        let found = people.compactMap { sighting in Address(typed: sighting.email).map { ($0, sighting) } }
        try await store.database.write { connection in
            let erased = try ErasedAddresses.among(Set(found.map(\.0)), keys: keys, in: connection)
            for (address, sighting) in found {
                let isErased = erased.contains(address)
                try MailingPeople.save(
                    MailingPeople.Row(
                        mailing: mailing.id,
                        act: sighting.act,
                        address: isErased ? Address(erased: keys.addressHash(address)) : address,
                        firstAt: sighting.firstAt,
                        lastAt: sighting.lastAt,
                        reason: isErased ? nil : sighting.reason
                    ),
                    in: connection
                )
            }
            try MailingReadings.set(reading, of: mailing.id, report: report.rawValue, in: connection)
        }
    }
}

extension PortError {
    /// Whether the page that was asked for is not there any more.
    fileprivate var endsWalk: Bool {
        switch code {
        case .notFound, .refused: true
        case .needsAuthorisation, .forbidden, .conflict, .throttled, .quotaSpent, .queueFull, .unavailable,
            .unknownOutcome, .unreadableAnswer, .otherAccount:
            false
        }
    }
}
