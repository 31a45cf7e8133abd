import Reconciliation
import Store

extension WhyReading {
    /// What is known of a moment past, composed from the ledger, the intents, the holds and the history of what was read.
    ///
    /// What an older version of the program had read is known from when the history begins; before that, what has not
    /// changed since is told, and the rest is named in `notKept`.
    static func read(
        _ address: Address,
        calledBy typed: Address,
        past moment: Timestamp,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> WhyReading {
        let rows = try events(of: address, until: moment, in: connection)
        let twins = try WhyTwin.all(of: address, at: moment, in: connection)
        var standing = Self.standing(Reconciliation.Standing(rows), of: typed.text)
        for twin in twins.map({ Address(compared: $0.address) }) {
            let said = try events(of: twin, until: moment, in: connection)
            standing += Self.standing(Reconciliation.Standing(said), of: twin.text)
        }
        let written = try subjects(writtenAfter: moment, for: address, in: connection)
        let having = try RecordHistory.having(address, at: moment, in: connection)
        let told = having.filter { $0.past.isCertain(at: moment, written: written) }
        let disputed = try disputed(told.map(\.past.value), at: moment, in: connection)
        let memberships = try MemberHistory.ofRecords(
            told.filter(\.isMain).map(\.past.value.record.id),
            at: moment,
            in: connection
        )
        let contacts = try WhyContact.all(of: address, at: moment, in: connection)
        let writes = try WhyWrite.all(of: address, until: moment, in: connection)
        let held = try Holds.rows(
            of: [address] + twins.map { Address(compared: $0.address) },
            at: moment,
            in: connection
        )
        let isOptedOut =
            try AddressViews.latestOptOuts(of: [address], at: moment, in: connection)[address] != nil
        // Before the history begins, what was written says that there was somebody.
        let isKnownByWrites = try !writes.isEmpty && History.start(in: connection).map { moment < $0 } ?? false
        let isInDoubt = try DeletionDoubts.isInDoubt(address, at: moment, holds: held, in: connection)
        let state: State =
            if isOptedOut {
                .optedOut
            } else if !disputed.isEmpty {
                .disputed
            } else if told.contains(where: \.past.value.record.isOptedOut) {
                .flagged
            } else if isInDoubt {
                .inDoubt
            } else if isUndeliverable(rows) {
                .undeliverable
            } else {
                rows.isEmpty && told.isEmpty && contacts.isEmpty && !isKnownByWrites ? .unknown : .mailable
            }
        return WhyReading(
            address: typed.text,
            at: moment.text,
            state: state,
            standing: standing,
            twins: twins,
            records: told.map {
                Record($0.past.value, isMain: $0.isMain, isDisputed: disputed.contains($0.past.value.record.id))
            },
            memberships: try WhyMembership.all(
                memberships.filter { $0.isCertain(at: moment, written: written) }.map(\.value),
                in: connection
            ),
            events: try rows.map { try WhyEvent($0, keys: keys, in: connection) },
            contacts: contacts,
            parked: try ParkedHistory.of(address, at: moment, in: connection).map { ParkedJSON($0) },
            holds: try HoldJSON.all(held, in: connection),
            pending: writes.reversed().compactMap(WhyPending.init(pastWrite:)),
            writes: writes,
            notKept: try notKept(
                at: moment,
                changed: having.map(\.past).filter { !$0.isCertain(at: moment, written: written) }.map(
                    \.value.record.id
                ),
                in: connection
            )
        )
    }

    private static func events(
        of address: Address,
        until moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> [Ledger.Row] {
        try Ledger.events(of: address, in: connection).filter { $0.event.receivedAt <= moment }
    }

    /// The records of which the clearing of the flag was in dispute.
    private static func disputed(
        _ mirrors: [RecordMirror],
        at moment: Timestamp,
        in connection: any SQLConnection
    ) throws -> Set<RecordID> {
        var found: Set<RecordID> = []
        for mirror in mirrors where mirror.disputedAfter != nil {
            let addresses = mirror.record.addresses
            let latest = try AddressViews.latestOptOuts(of: addresses, at: moment, in: connection)
            let ofAny = addresses.compactMap { latest[$0] }.max() ?? 0
            if RecordView(mirror: mirror, isMain: true, latestOptOutOfAny: ofAny).isDisputed {
                found.insert(mirror.record.id)
            }
        }
        return found
    }

    /// The records and members that Causeway itself has written after a moment.
    private static func subjects(
        writtenAfter moment: Timestamp,
        for address: Address,
        in connection: any SQLConnection
    ) throws -> Set<String> {
        Set(
            try connection.rows(
                """
                SELECT r.subject FROM intent_row r JOIN intent i ON i.id = r.intent
                WHERE (r.intent, r.position) IN (\(Intents.rows(about: address)))
                    AND i.kind IN ('crm-write', 'member-status') AND i.ended_at > \(moment.milliseconds)
                """
            ) { $0.text(0) }
        )
    }

    private static func isUndeliverable(_ rows: [Ledger.Row]) -> Bool {
        rows.last { $0.event.kind == .undeliverable || $0.event.kind == .deliverable }?.event.kind == .undeliverable
    }

    private static func notKept(
        at moment: Timestamp,
        changed: [RecordID],
        in connection: any SQLConnection
    ) throws -> [String] {
        var words: [String] = []
        if let start = try History.start(in: connection), moment < start {
            words += changed.map {
                "\($0) was changed since; how it stood before \(start.text) is not kept, but the events and writes are"
            }
            words += [
                "before \(start.text): records with the address that had given it up by then",
                "before \(start.text): memberships that were changed or removed since",
                "before \(start.text): what each provider held; only what the events and the writes say of it",
                "before \(start.text): parked rows and changed addresses that were gone by then",
            ]
        }
        if try History.isBetweenBackupAndRestore(moment, in: connection) {
            words.append("what was read and done between the backup and its restoration")
        }
        return words + [
            "which addresses waited to be decided then",
            "the names of campaigns, statuses and lists, what was linked, and a hold's reason and choices: told as they are "
                + "now",
        ]
    }
}

extension Reconciliation.Standing {
    /// What stands by rows of the ledger.
    fileprivate init(_ rows: [Ledger.Row]) {
        self.init(ledger: rows.map { ($0.sequence, $0.event) })
    }
}

extension Past<RecordMirror> {
    /// Whether it was so at the moment; before the history begins, that is so of what nobody has changed since.
    fileprivate func isCertain(at moment: Timestamp, written: Set<String>) -> Bool {
        !isFromBefore || (value.record.updatedAt <= moment && !written.contains(value.record.id.description))
    }
}

extension Past<CampaignMember> {
    /// Whether it was so at the moment; before the history begins, that is so of what nobody has changed since.
    fileprivate func isCertain(at moment: Timestamp, written: Set<String>) -> Bool {
        !isFromBefore || (value.updatedAt <= moment && !written.contains("member \(value.id)"))
    }
}
