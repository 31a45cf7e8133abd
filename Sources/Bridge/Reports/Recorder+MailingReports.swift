import Reconciliation
import Store

/// What the rows of reports mean for consent.
extension Recorder {
    /// Weighs a row and does what it means: joins it to the event that is there, writes one, or raises a hold.
    ///
    /// - Parameters:
    ///   - contact: the contact as it was read for the row's sake.
    ///   - reporting: what the provider's reports can tell.
    /// - Returns: whether the contact has to be read first; nothing was changed then.
    func weigh(
        _ row: MailingPeople.Row,
        of mailing: StoredMailing,
        contact: ReportRowReading.Contact,
        reporting: ReportingCapabilities,
        in connection: any SQLConnection
    ) throws -> Bool {
        // The operator has opted it out, and nobody can be asked for it.
        if row.address.isErased {
            try MailingPeople.settle(row, event: nil, in: connection)
            return false
        }
        let events = try Ledger.events(of: row.address, in: connection)
        let reading = ReportRowReading(
            act: row.act,
            account: mailing.account,
            address: row.address,
            occurredAt: row.firstAt,
            reason: row.reason,
            said: Standing(ledger: events.map { ($0.sequence, $0.event) }).sources[.account(mailing.account)],
            isUndeliverable: try !Ledger.undeliverable(among: [row.address], in: connection).isEmpty,
            triedAgainAt: events.last { $0.event.kind == .deliverable }?.event.receivedAt,
            contact: contact,
            traits: traits[mailing.account] ?? ProviderTraits(),
            bouncesShowOnContact: reporting.bouncesShowOnContact,
            receivedAt: now
        )
        switch reading.outcome {
        case .readsBack:
            return true
        case .nothing, .overtaken:
            try MailingPeople.settle(row, event: nil, in: connection)
        case .writes(let event):
            try append([event], evidence: try Evidence.report(row, of: mailing), in: connection)
            try settle(row, of: mailing, in: connection)
        case .joins:
            try settle(row, of: mailing, in: connection)
        case .holds:
            try hold(row, of: mailing, contact: contact, in: connection)
            try MailingPeople.settle(row, event: nil, in: connection)
        }
        return false
    }

    /// Joins a row to the event on the ledger that it belongs to.
    private func settle(
        _ row: MailingPeople.Row,
        of mailing: StoredMailing,
        in connection: any SQLConnection
    ) throws {
        let event = try Ledger.events(of: row.address, in: connection).last { found in
            switch row.act {
            case .optedOut:
                found.event.kind == .optOut && found.event.by == .person
                    && found.event.source == .account(mailing.account)
            case .complained: found.event.isComplaint && found.event.source == .account(mailing.account)
            case .hardBounced: found.event.kind == .undeliverable
            case .sent, .opened, .clicked, .softBounced: false
            }
        }
        try MailingPeople.settle(row, event: event?.sequence, in: connection)
    }

    /// The report says that the person opted out, and the contact may be mailed: the address is kept off the lists
    /// until
    /// somebody decides.
    private func hold(
        _ row: MailingPeople.Row,
        of mailing: StoredMailing,
        contact: ReportRowReading.Contact,
        in connection: any SQLConnection
    ) throws {
        var subject = HeldRow.Subject.address
        if case .read(let contact) = contact { subject = .contact(mailing.account, contact.id) }
        try raise(
            HeldRow(
                subject,
                .reportedOptOut(row.address, mailing.account, mailing.mailing),
                detail: "\(mailing.name): \(row.reason ?? "no reason given")",
                keepsOff: true
            ),
            address: row.address,
            account: mailing.account,
            in: connection
        )
    }

    /// What a hold on a report's row waits for has come: the person's opt-out at the account is on the ledger.
    func endReported(by event: ConsentEvent, in connection: any SQLConnection) throws {
        guard event.by == .person, case .account(let account) = event.source else { return }
        for row in try Holds.rows(of: [event.address], account: account, in: connection)
        where row.cause.kind == .reportedOptOut && row.state == .open {
            try Holds.end(row, as: .gone, at: now, in: connection)
        }
    }
}
