import Reconciliation
import Store

extension Recorder {
    /// A record as it was read, beside what was known of it, and the write of Causeway's that it shows.
    private struct ReadRecord {
        var record: CRMRecord
        var before: RecordMirror?
        var echo: CRMAfterImage.Value?

        /// Whether the flag went, and not by Causeway's doing.
        var isCleared: Bool {
            guard let known = before?.record, known.isOptedOut, !known.isDeleted else { return false }
            return !record.isOptedOut && !record.isDeleted && echo != .flag(false)
        }
    }

    /// Records Persons and Leads as they were read.
    ///
    /// A page is judged as a whole before anything of it is recorded, so that flags that went together (C12) bring nobody
    /// back, wherever in the page they are.
    ///
    /// - Parameter isConfirmed: whether the rows were read by id just now. A row with an older lock version than the
    ///   mirror's that was not is left alone and answered, to be read by id: pages can be older than an answer.
    /// - Returns: the records that have to be read by id.
    func record(
        _ records: [CRMRecord],
        isConfirmed: Bool,
        in connection: any SQLConnection
    ) throws -> [RecordID] {
        try forgetHidden(records, in: connection)
        let records = try withoutErased(records, in: connection)
        let before = try RecordMirrors.load(records.map(\.id), in: connection)
        let awaited = try awaited(
            subjects: records.map { IntentSubject.record($0.id) },
            account: crmAccount,
            in: connection
        )
        var toReadAgain: [RecordID] = []
        var page: [ReadRecord] = []
        for record in records {
            let mirror = before[record.id]
            if let mirror, record.lockVersion < mirror.record.lockVersion, !isConfirmed {
                toReadAgain.append(record.id)
                continue
            }
            let echo = try awaited[IntentSubject.record(record.id)].flatMap {
                try absorb($0, shownBy: record, in: connection)
            }
            page.append(ReadRecord(record: record, before: mirror, echo: echo))
        }
        let isBulk = try disputeBulk(with: Set(page.filter(\.isCleared).map(\.record.id)), in: connection)
        let ledgered = try onLedger(Set(records.flatMap(\.addresses)), in: connection)
        let baseline = try Coverage.baseline(of: crmAccount, in: connection)
        var moved: Set<Address> = []
        for read in page {
            if read.before?.record == read.record {
                if read.echo != nil { try markAgain(read.record, in: connection) }
                continue
            }
            moved.formUnion(Set(read.record.addresses).symmetricDifference(read.before?.record.addresses ?? []))
            try observe(
                read.record,
                before: read.before,
                ownWrite: read.echo,
                isPartOfBulk: isBulk,
                baseline: baseline,
                ledgered: ledgered,
                in: connection
            )
        }
        try endTakenOver(moved, in: connection)
        return toReadAgain
    }

    /// Records that can no longer be read: deleted, hidden or merged away.
    ///
    /// They lift nothing.
    func recordGone(_ ids: [RecordID], in connection: any SQLConnection) throws {
        for (_, mirror) in try RecordMirrors.load(ids, in: connection) where !mirror.record.isDeleted {
            var record = mirror.record
            record.isDeleted = true
            let ledgered = try onLedger(record.addresses, in: connection)
            // One that is gone lifts nothing, baseline or not.
            try observe(
                record,
                before: mirror,
                ownWrite: nil,
                isPartOfBulk: false,
                baseline: (false, false),
                ledgered: ledgered,
                in: connection
            )
            try endTakenOver(Set(record.addresses), in: connection)
        }
    }

    /// The record is as it was known, because of a write of Causeway's: its addresses are decided once more.
    private func markAgain(_ record: CRMRecord, in connection: any SQLConnection) throws {
        for address in record.addresses {
            try markEverywhere(address, lane: lane, reason: "echo", in: connection)
        }
    }

    private func observe(
        _ record: CRMRecord,
        before: RecordMirror?,
        ownWrite: CRMAfterImage.Value?,
        isPartOfBulk: Bool,
        baseline: (isBaseline: Bool, isRestored: Bool),
        ledgered: Set<Address>,
        in connection: any SQLConnection
    ) throws {
        let isAboutConsent = record.isOptedOut || before?.record.isOptedOut == true
        var standings: [Address: Standing] = [:]
        // What stands on the address of a new record that is not on the ledger needs no asking: nothing.
        let mayMove = before.map { $0.lastMain != record.mainAddress } ?? false
        let lastMain = before?.lastMain.map { [$0] } ?? []
        for address in Set(record.addresses).union(before?.record.addresses ?? []).union(lastMain)
        where isAboutConsent || mayMove || ledgered.contains(address) {
            standings[address] = try standing(of: address, for: record.id, in: connection)
        }
        let reading = decisions.record(
            RecordReading(
                before: before,
                now: record,
                standings: standings,
                ownWrite: ownWrite,
                ownUser: settings.ownUser,
                softwareUsers: settings.softwareUsers,
                isPartOfBulk: isPartOfBulk,
                isBaseline: baseline.isBaseline,
                isRestored: baseline.isRestored,
                receivedAt: now,
                through: through
            )
        )
        let situation = reading.situation
        let formerMain = before?.record.mainAddress.flatMap { $0 == record.mainAddress ? nil : $0 }
        // Stored before the ledger is written to, so that what an event reaches includes this record as it is now.
        var mirror = mirror(after: reading, situation: situation)
        try RecordMirrors.save(mirror, formerMain: formerMain, at: now, in: connection)
        if let before, before.record.mainAddress != record.mainAddress,
            let address = record.mainAddress ?? record.addresses.first
        {
            try Holds.move(rowsOf: record.id, to: address, at: now, in: connection)
        }

        let former =
            situation == .flagCleared || situation == .flagDisputed
            ? try Ledger.addresses(optedOutBy: .record(record.id), in: connection) : []
        try append(
            reading.events(formerAddresses: former),
            evidence: try Evidence.record(record),
            in: connection
        )
        if mirror.record.isOptedOut == false, try isDisputed(reading, situation, in: connection) {
            let earlier = HoldCause.dispute(mirror)
            mirror.disputedAfter = try Ledger.head(in: connection)
            // A dispute that goes on is the same cause; one that begins is another.
            if situation == .nothingNew { try Holds.follow(earlier, as: .dispute(mirror), in: connection) }
            try RecordMirrors.save(mirror, at: now, in: connection)
        }
        switch situation {
        case .flagCleared, .flagDisputed: try ClearedFlags.note(record.id, isDisputed: false, at: now, in: connection)
        case .flagGone: try ClearedFlags.note(record.id, isDisputed: true, at: now, in: connection)
        case .nothingNew, .gone, .ownWrite, .flagSet: break
        }

        let lane: Lane = record.isOptedOut && before?.record.isOptedOut != true ? .optOuts : lane
        let isMarked = record.isUndeliverable || before?.record.isUndeliverable == true
        // What was to be written to it and its members had nobody to go to while it was away.
        let isBack = before?.record.isDeleted == true && !record.isDeleted
        for address in Set(record.addresses).union(before?.record.addresses ?? []) {
            if before != nil { try Parked.forgetRefusals(of: address, in: connection) }
            try mark(
                address,
                lane: lane,
                reason: "record",
                isOnLedger: isAboutConsent || isMarked || isBack || ownWrite != nil || ledgered.contains(address),
                in: connection
            )
        }
    }

    /// The mirror's row after a reading.
    ///
    /// A dispute begins once the reading's events are on the ledger.
    private func mirror(after reading: RecordReading, situation: RecordReading.Situation) -> RecordMirror {
        let before = reading.before
        var mirror = RecordMirror(
            record: reading.now,
            flagIsOurs: before?.flagIsOurs ?? false,
            markIsOurs: reading.now.isUndeliverable
                && (reading.ownWrite == .mark(true) || before?.markIsOurs ?? false),
            disputedAfter: before?.disputedAfter,
            disputeRule: before?.disputeRule,
            lastMain: before?.lastMain
        )
        switch situation {
        case .nothingNew, .gone:
            break
        case .ownWrite:
            mirror.flagIsOurs = reading.now.isOptedOut
            mirror.disputedAfter = nil
            mirror.disputeRule = nil
        case .flagSet:
            mirror.flagIsOurs = false
            mirror.disputedAfter = nil
            mirror.disputeRule = nil
        case .flagCleared:
            mirror.flagIsOurs = false
        case .flagDisputed, .flagGone(restored: false):
            mirror.flagIsOurs = false
            mirror.disputeRule = situation == .flagDisputed ? .c6 : .c12
        case .flagGone(restored: true):
            break
        }
        return mirror
    }

    /// Whether a dispute begins with this reading, or one that is open is to outlast the opt-outs that a disputed
    /// record's changed address took along.
    private func isDisputed(
        _ reading: RecordReading,
        _ situation: RecordReading.Situation,
        in connection: any SQLConnection
    ) throws -> Bool {
        switch situation {
        case .flagDisputed, .flagGone(restored: false):
            return true
        case .nothingNew:
            let before = reading.before
            return before?.disputedAfter != nil && before?.record.mainAddress != reading.now.mainAddress
        case .flagCleared, .flagGone(restored: true), .flagSet, .ownWrite, .gone:
            return false
        }
    }
}
