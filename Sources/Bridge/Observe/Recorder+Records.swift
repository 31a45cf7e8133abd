import Reconciliation
import Store

extension Recorder {
    /// Records Persons and Leads as they were read.
    ///
    /// - Parameter isConfirmed: whether the rows were read by id just now. A row with an older lock version than the
    ///   mirror's that was not is left alone and answered, to be read by id: pages can be older than an answer.
    /// - Returns: the records that have to be read by id.
    func record(
        _ records: [CRMRecord],
        isConfirmed: Bool,
        in connection: any SQLConnection
    ) throws -> [RecordID] {
        let records = try withoutErased(records, in: connection)
        let before = try RecordMirrors.load(records.map(\.id), in: connection)
        var toReadAgain: [RecordID] = []
        let cleared = records.filter { !$0.isDeleted && !$0.isOptedOut && before[$0.id]?.record.isOptedOut == true }
        let hourAgo = now.advanced(bySeconds: -3600)
        let clearedBefore = cleared.isEmpty ? 0 : try RecordMirrors.clearedFlags(since: hourAgo, in: connection)
        let ledgered = try onLedger(Set(records.flatMap(\.addresses)), in: connection)
        let isBulk = clearedBefore + cleared.count > settings.bulkClearedFlags
        for record in records {
            let mirror = before[record.id]
            if let mirror {
                if mirror.record == record { continue }
                if record.lockVersion < mirror.record.lockVersion, !isConfirmed {
                    toReadAgain.append(record.id)
                    continue
                }
            }
            try observe(record, before: mirror, isPartOfBulk: isBulk, ledgered: ledgered, in: connection)
        }
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
            try observe(record, before: mirror, isPartOfBulk: false, ledgered: ledgered, in: connection)
        }
    }

    private func observe(
        _ record: CRMRecord,
        before: RecordMirror?,
        isPartOfBulk: Bool,
        ledgered: Set<Address>,
        in connection: any SQLConnection
    ) throws {
        let isAboutConsent = record.isOptedOut || before?.record.isOptedOut == true
        var standings: [Address: Standing] = [:]
        for address in Set(record.addresses).union(before?.record.addresses ?? [])
        where isAboutConsent || ledgered.contains(address) || before?.record.mainAddress != record.mainAddress {
            standings[address] = try Ledger.standing(of: address, in: connection)
        }
        let reading = decisions.record(
            RecordReading(
                before: before,
                now: record,
                standings: standings,
                openWrite: isAboutConsent ? try openFlagWrite(record.id, in: connection) : nil,
                ownUser: settings.ownUser,
                softwareUsers: settings.softwareUsers,
                isPartOfBulk: isPartOfBulk,
                isBaseline: isBaseline,
                receivedAt: now,
                through: through
            )
        )
        let situation = reading.situation
        let formerMain = before?.record.mainAddress.flatMap { $0 == record.mainAddress ? nil : $0 }
        // Stored before the ledger is written to, so that what an event reaches includes this record as it is now.
        var mirror = mirror(after: reading, situation: situation)
        try RecordMirrors.save(mirror, formerMain: formerMain, at: now, in: connection)

        let former =
            situation == .flagCleared || situation == .flagDisputed
            ? try Ledger.addresses(optedOutBy: .record(record.id), in: connection) : []
        try append(
            reading.events(formerAddresses: former),
            evidence: try Evidence.record(record),
            in: connection
        )
        if mirror.record.isOptedOut == false, try isDisputed(reading, situation, in: connection) {
            mirror.disputedAfter = try Ledger.head(in: connection)
            try RecordMirrors.save(mirror, at: now, in: connection)
        }
        if before?.record.isOptedOut == true, !record.isOptedOut, !record.isDeleted, situation != .ownWrite {
            try RecordMirrors.noteClearedFlag(record.id, at: now, in: connection)
        }
        let isSameVersion = before?.record.lockVersion == record.lockVersion
        if situation == .ownWrite || isSameVersion { try Echoes.count(account: crmAccount, in: connection) }

        let lane: Lane = record.isOptedOut && before?.record.isOptedOut != true ? .optOuts : lane
        let isMarked = record.isUndeliverable || before?.record.isUndeliverable == true
        for address in Set(record.addresses).union(before?.record.addresses ?? []) {
            if before != nil { try Parked.forgetRefusals(of: address, in: connection) }
            try mark(
                address,
                lane: lane,
                reason: "record",
                isOnLedger: isAboutConsent || isMarked || ledgered.contains(address),
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
            markIsOurs: reading.now.isUndeliverable ? before?.markIsOurs ?? false : false,
            disputedAfter: before?.disputedAfter
        )
        switch situation {
        case .nothingNew, .gone:
            break
        case .ownWrite:
            mirror.flagIsOurs = reading.now.isOptedOut
            mirror.disputedAfter = nil
        case .flagSet:
            mirror.flagIsOurs = false
            mirror.disputedAfter = nil
        case .flagCleared, .flagDisputed, .flagGone(restored: false):
            mirror.flagIsOurs = false
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

    private func openFlagWrite(
        _ id: RecordID,
        in connection: any SQLConnection
    ) throws -> RecordReading.OpenWrite? {
        guard
            let row = try Intents.open(kind: IntentKind.crmWrite.rawValue, subject: id.description, in: connection)
                .first,
            let write = try? IntentPayload.decode(CRMWrite.self, from: row.payload),
            case .optOutFlag(_, let flag) = write.change
        else { return nil }
        return RecordReading.OpenWrite(flag: flag, lockVersion: write.lockVersion)
    }
}
