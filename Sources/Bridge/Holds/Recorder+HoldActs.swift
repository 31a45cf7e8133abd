import Reconciliation
import Store

extension Recorder {
    /// Every address that a row of a hold is about: those that its record has now, or its own; and what is one with them.
    func addresses(of row: HoldRow, in connection: any SQLConnection) throws -> [Address] {
        try withTwins(ownAddresses(of: row, in: connection), in: connection)
    }

    /// The addresses at which a row's cause is found: those that its record has now, or its own.
    func ownAddresses(of row: HoldRow, in connection: any SQLConnection) throws -> [Address] {
        if let id = row.record, let mirror = try RecordMirrors.load([id], in: connection)[id] {
            return mirror.record.addresses
        }
        return row.address.isEmpty ? [] : [Address(compared: row.address)]
    }

    /// Has decided rows decided again by every account.
    func markDecided(_ rows: [HoldRow], in connection: any SQLConnection) throws {
        var addresses: Set<Address> = []
        for row in rows { addresses.formUnion(try self.addresses(of: row, in: connection)) }
        for address in addresses.sorted() {
            try markEverywhere(address, lane: .singleChanges, reason: "hold", in: connection)
            try markNeighbours(of: address, lane: .singleChanges, reason: "hold", in: connection)
        }
    }

    /// An operator lifts every opt-out that stands on the row's addresses and that the hold names; never a person's.
    ///
    /// The lifted opt-out of another record takes that record's flag along: Causeway clears it once nothing that stands
    /// asks for it.
    func lift(_ row: HoldRow, note: String?, in connection: any SQLConnection) throws {
        var records: Set<RecordID> = []
        for address in try addresses(of: row, in: connection) {
            for (source, said) in try Ledger.standing(of: address, in: connection).sources
            where said.stands && !said.byPerson && source != .erasure {
                try lift(source, of: address, upTo: row.named, row: row, note: note, in: connection)
                if case .record(let id) = source { records.insert(id) }
            }
        }
        for record in records {
            for address in try Ledger.addresses(optedOutBy: .record(record), in: connection) {
                try lift(.record(record), of: address, upTo: row.named, row: row, note: note, in: connection)
            }
            try takeFlagOver(of: record, in: connection)
        }
        if let own = row.record { try endDispute(of: own, in: connection) }
    }

    /// An operator takes a contact that cannot be reached any more for one that complained (C8, C2).
    func complain(_ row: HoldRow, note: String?, in connection: any SQLConnection) throws {
        for address in try addresses(of: row, in: connection) {
            let event = ConsentEvent(
                address: address,
                kind: .optOut,
                by: .person,
                source: .account(row.account),
                isComplaint: true,
                position: nil,
                occurredAt: now,
                receivedAt: now,
                through: through,
                reason: note,
                rule: .c2
            )
            try append(
                [event],
                evidence: try Evidence.hold(row.hold, cause: row.cause, note: note, at: now),
                in: connection
            )
        }
    }

    /// An operator takes the word of a mailing's report for the person's: an opt-out (C1), at the time that the report
    /// gives.
    func optOut(_ row: HoldRow, note: String?, in connection: any SQLConnection) throws {
        for address in try addresses(of: row, in: connection) {
            let moment = try MailingPeople.latest(.optedOut, address: address, account: row.account, in: connection)
            let event = ConsentEvent(
                address: address,
                kind: .optOut,
                by: .person,
                source: .account(row.account),
                position: moment?.milliseconds,
                occurredAt: moment,
                receivedAt: now,
                through: through,
                reason: note,
                rule: .c1
            )
            try append(
                [event],
                evidence: try Evidence.hold(row.hold, cause: row.cause, note: note, at: now),
                in: connection
            )
        }
    }

    /// An operator takes the clearing of a record's flag for an operator's act (C12): its own opt-out is lifted as C5
    /// would have it; where something else stands the dispute goes on as C6.
    func accept(_ row: HoldRow, note: String?, in connection: any SQLConnection) throws {
        guard let id = row.record else { return }
        for address in try Ledger.addresses(optedOutBy: .record(id), in: connection) {
            try lift(.record(id), of: address, upTo: row.named, row: row, note: note, in: connection)
        }
        guard var mirror = try RecordMirrors.load([id], in: connection)[id], mirror.disputedAfter != nil else { return }
        let addresses = try withTwins(mirror.record.addresses, in: connection)
        let rest = try Ledger.latestOptOuts(of: addresses, in: connection)
        if rest.isEmpty {
            mirror.disputedAfter = nil
            mirror.disputeRule = nil
        } else {
            mirror.disputeRule = .c6
        }
        try RecordMirrors.save(mirror, at: now, in: connection)
    }

    private func lift(
        _ source: ConsentSource,
        of address: Address,
        upTo named: Int64,
        row: HoldRow,
        note: String?,
        in connection: any SQLConnection
    ) throws {
        guard
            let last = try Ledger.lastOptOut(of: address, source: source, upTo: named, in: connection)
        else { return }
        let event = ConsentEvent(
            address: address,
            kind: .optIn,
            by: .operator,
            source: source,
            position: last,
            occurredAt: now,
            receivedAt: now,
            through: through,
            reason: note,
            rule: row.cause.kind.consentRule ?? .c6
        )
        try append(
            [event],
            evidence: try Evidence.hold(row.hold, cause: row.cause, note: note, at: now),
            in: connection
        )
    }

    /// A flag whose own opt-out was lifted by an operator is Causeway's to clear.
    private func takeFlagOver(of id: RecordID, in connection: any SQLConnection) throws {
        guard var mirror = try RecordMirrors.load([id], in: connection)[id], mirror.record.isOptedOut,
            try Ledger.addresses(optedOutBy: .record(id), in: connection).isEmpty
        else { return }
        mirror.flagIsOurs = true
        try RecordMirrors.save(mirror, at: now, in: connection)
        for address in mirror.record.addresses {
            try markEverywhere(address, lane: .singleChanges, reason: "hold", in: connection)
        }
    }

    private func endDispute(of id: RecordID, in connection: any SQLConnection) throws {
        guard var mirror = try RecordMirrors.load([id], in: connection)[id], mirror.disputedAfter != nil else { return }
        mirror.disputedAfter = nil
        mirror.disputeRule = nil
        try RecordMirrors.save(mirror, at: now, in: connection)
    }
}
