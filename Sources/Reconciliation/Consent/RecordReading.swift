/// A Person or Lead that was read in the CRM, beside what was known of it; finds what that means for consent.
package struct RecordReading: Sendable {
    /// The mirror's row; nil for a record that was not known.
    package var before: RecordMirror?
    package var now: CRMRecord
    /// What stands for each address of the record, as it was and as it is.
    package var standings: [Address: Standing]
    /// A flag or mark that Causeway wrote without having an answer: whose doing the new state is must be told apart.
    package var openWrite: OpenWrite?
    /// The user as whom Causeway writes, where it is known.
    package var ownUser: Int64?
    /// Users that are software (`crm.softwareUsers`): what they clear is no operator's act.
    package var softwareUsers: Set<Int64>
    /// More flags went within the hour than `optIn.bulk` allows.
    package var isPartOfBulk: Bool
    /// The first reading of the CRM after a restore, a gap or a reconnection: nothing is lifted by it.
    package var isBaseline: Bool
    package var receivedAt: Timestamp
    package var through: String

    /// A write of Causeway's whose answer was lost.
    package struct OpenWrite: Hashable, Sendable {
        package var flag: Bool
        package var lockVersion: Int64
        package init(flag: Bool, lockVersion: Int64) {
            self.flag = flag
            self.lockVersion = lockVersion
        }
    }

    package init(
        before: RecordMirror?,
        now: CRMRecord,
        standings: [Address: Standing],
        openWrite: OpenWrite? = nil,
        ownUser: Int64? = nil,
        softwareUsers: Set<Int64> = [],
        isPartOfBulk: Bool = false,
        isBaseline: Bool = false,
        receivedAt: Timestamp,
        through: String
    ) {
        self.before = before
        self.now = now
        self.standings = standings
        self.openWrite = openWrite
        self.ownUser = ownUser
        self.softwareUsers = softwareUsers
        self.isPartOfBulk = isPartOfBulk
        self.isBaseline = isBaseline
        self.receivedAt = receivedAt
        self.through = through
    }

    /// What a read record means.
    package enum Situation: Hashable, Sendable {
        /// The same version again, or a change that is not about consent.
        case nothingNew
        /// Deleted, hidden or merged away: lifts nothing.
        case gone
        /// Causeway's own write of the flag.
        case ownWrite
        /// The flag is set, by anybody but Causeway: C4.
        case flagSet
        /// An operator cleared the flag and nothing else stands: C5.
        case flagCleared
        /// An operator cleared the flag and another source stands: C6.
        case flagDisputed
        /// The flag went without an operator's act: C12, as a restored database or by software.
        case flagGone(restored: Bool)
    }

    /// Which of the situations this is.
    package var situation: Situation {
        if now.isDeleted { return .gone }
        guard let before else { return now.isOptedOut ? .flagSet : .nothingNew }
        if before.record.isDeleted { return now.isOptedOut && !before.record.isOptedOut ? .flagSet : .nothingNew }
        let isOlder = now.lockVersion < before.record.lockVersion
        switch (before.record.isOptedOut, now.isOptedOut) {
        case (false, false):
            return .nothingNew
        case (true, true):
            return .nothingNew
        case (false, true):
            return isOwn(flag: true) ? .ownWrite : .flagSet
        case (true, false):
            if isOlder || isBaseline { return .flagGone(restored: true) }
            if isOwn(flag: false) { return .ownWrite }
            if isPartOfBulk || now.updatedBy.map(softwareUsers.contains) == true {
                return .flagGone(restored: false)
            }
            return anotherSourceStands ? .flagDisputed : .flagCleared
        }
    }

    /// The rule that applies; nil where none does.
    package var rule: ConsentRule? {
        switch situation {
        case .nothingNew, .gone, .ownWrite: nil
        case .flagSet: .c4
        case .flagCleared: .c5
        case .flagDisputed: .c6
        case .flagGone: .c12
        }
    }

    private func isOwn(flag: Bool) -> Bool {
        guard let openWrite, openWrite.flag == flag, now.lockVersion > openWrite.lockVersion else { return false }
        guard let ownUser, let writer = now.updatedBy else { return now.lockVersion == openWrite.lockVersion + 1 }
        return writer == ownUser
    }

    private var anotherSourceStands: Bool {
        let addresses = Set(now.addresses).union(before?.record.addresses ?? [])
        return addresses.contains { standings[$0]?.stands(otherThan: .record(now.id)) ?? false }
    }

    /// The events that the situation writes to the ledger.
    ///
    /// - Parameter formerAddresses: addresses on which an opt-out of this record still stands, its own or former ones.
    package func events(formerAddresses: [Address]) -> [ConsentEvent] {
        switch situation {
        case .nothingNew, .gone, .ownWrite, .flagGone:
            return movedEvents
        case .flagSet:
            return now.addresses.map { event($0, .optOut, rule: .c4) }
        case .flagCleared, .flagDisputed:
            var addresses = now.addresses
            for former in formerAddresses where !addresses.contains(former) { addresses.append(former) }
            let rule: ConsentRule = situation == .flagCleared ? .c5 : .c6
            return
                addresses
                .filter { standings[$0]?.stands(.record(now.id)) ?? formerAddresses.contains($0) }
                .map { event($0, .optIn, rule: rule) }
        }
    }

    /// A changed address takes the opt-outs that the flag stands for along to the new main address.
    private var movedEvents: [ConsentEvent] {
        guard let before, before.record.isOptedOut, now.isOptedOut, !now.isDeleted,
            let old = before.record.mainAddress, let new = now.mainAddress, old != new,
            let standing = standings[old]
        else { return [] }
        return standing.sources.filter { $0.value.stands }.sorted { $0.key < $1.key }.map { source, said in
            ConsentEvent(
                address: new,
                kind: .optOut,
                by: said.byPerson ? .person : .crm,
                source: source,
                isComplaint: said.isComplaint,
                position: said.optOut == Int64.max ? nil : said.optOut,
                receivedAt: receivedAt,
                through: "address change",
                rule: .c4
            )
        }
    }

    private func event(_ address: Address, _ kind: ConsentEvent.Kind, rule: ConsentRule) -> ConsentEvent {
        ConsentEvent(
            address: address,
            kind: kind,
            by: .crm,
            source: .record(now.id),
            position: now.lockVersion,
            occurredAt: now.updatedAt,
            receivedAt: receivedAt,
            through: through,
            rule: rule
        )
    }
}
