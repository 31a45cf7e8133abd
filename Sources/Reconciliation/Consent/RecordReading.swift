/// A Person or Lead that was read in the CRM, beside what was known of it; finds what that means for consent.
package struct RecordReading: Sendable {
    /// The mirror's row; nil for a record that was not known.
    package var before: RecordMirror?
    package var now: CRMRecord
    /// What stands for each address of the record, as it was and as it is.
    package var standings: [Address: Standing]
    /// What Causeway wrote, where this reading is the echo of that and nobody else's act.
    package var ownWrite: CRMAfterImage.Value?
    /// The user as whom Causeway writes, where it is known.
    package var ownUser: Int64?
    /// Users that are software (`crm.softwareUsers`): what they clear is no operator's act.
    package var softwareUsers: Set<Int64>
    /// More flags went within the hour than `optIn.bulk` allows.
    package var isPartOfBulk: Bool
    /// The first reading of the CRM after a restore, a gap or a reconnection: nothing is lifted by it.
    package var isBaseline: Bool
    /// The baseline is one after Causeway's own database was restored: what it wrote since the backup is on no record of
    /// its own.
    package var isRestored: Bool
    package var receivedAt: Timestamp
    package var through: String

    package init(
        before: RecordMirror?,
        now: CRMRecord,
        standings: [Address: Standing],
        ownWrite: CRMAfterImage.Value? = nil,
        ownUser: Int64? = nil,
        softwareUsers: Set<Int64> = [],
        isPartOfBulk: Bool = false,
        isBaseline: Bool = false,
        isRestored: Bool = false,
        receivedAt: Timestamp,
        through: String
    ) {
        self.before = before
        self.now = now
        self.standings = standings
        self.ownWrite = ownWrite
        self.ownUser = ownUser
        self.softwareUsers = softwareUsers
        self.isPartOfBulk = isPartOfBulk
        self.isBaseline = isBaseline
        self.isRestored = isRestored
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
        let wasFlagged = before?.record.isOptedOut ?? false
        if now.isOptedOut, !wasFlagged {
            // Somebody who is flagged and then deleted has opted out all the same.
            return ownWrite == .flag(true) || isOwnSinceTheBackup ? (now.isDeleted ? .gone : .ownWrite) : .flagSet
        }
        if now.isDeleted { return .gone }
        guard let before, !before.record.isDeleted, wasFlagged, !now.isOptedOut else { return .nothingNew }
        // The same version with another flag is of another history: an older one came back and was changed since.
        if now.lockVersion <= before.record.lockVersion { return .flagGone(restored: true) }
        if ownWrite == .flag(false) { return .ownWrite }
        if isBaseline || isPartOfBulk || mayBeSoftware(since: before.record) {
            return .flagGone(restored: false)
        }
        return anotherSourceStands || clearingLiftsTooLittle ? .flagDisputed : .flagCleared
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

    /// Whether a flag that the backup does not know is surely Causeway's: the record's only change since is by its own
    /// user, and an opt-out of another source explains it.
    ///
    /// Everything else may be somebody's word, which would be lost.
    private var isOwnSinceTheBackup: Bool {
        guard isRestored, let ownUser, now.updatedBy == ownUser,
            now.lockVersion == (before?.record.lockVersion ?? 0) + 1
        else { return false }
        return now.addresses.contains { standings[$0]?.stands(otherThan: source) ?? false }
    }

    /// Who set a flag that is not Causeway's: after a restore nobody says so where the last writer does not tell.
    private var flagAuthor: Author {
        guard isRestored else { return .crm }
        guard let ownUser, let writer = now.updatedBy, writer != ownUser else { return .provider }
        return .crm
    }

    /// Whether software may have cleared the flag: it wrote last, or there were several changes, of which only the last
    /// one's author shows.
    private func mayBeSoftware(since before: CRMRecord) -> Bool {
        if softwareUsers.isEmpty { return false }
        return now.updatedBy.map(softwareUsers.contains) == true || now.lockVersion > before.lockVersion + 1
    }

    private var source: ConsentSource { .record(now.id) }

    private var anotherSourceStands: Bool {
        let addresses = Set(now.addresses).union(before?.record.addresses ?? [])
        return addresses.contains { standings[$0]?.stands(otherThan: source) ?? false }
    }

    /// Whether the record's own opt-out stands at a later version than this one, as after the CRM was restored: an
    /// operator's act lifts only what stood at a lower one.
    private var clearingLiftsTooLittle: Bool {
        standings.values.contains { standing in
            guard let said = standing.sources[source], said.stands, let optOut = said.optOut else { return false }
            return optOut >= now.lockVersion
        }
    }

    /// The events that the reading writes to the ledger: by the situation's rule, for addresses that a flagged record
    /// has got since, and for a cleared undeliverable mark.
    ///
    /// A dispute begins after these: `RecordMirror.disputedAfter` is the ledger's last row once they are on it, and is
    /// moved on when a disputed record's address change adds some.
    ///
    /// - Parameter formerAddresses: addresses on which an opt-out of this record still stands, its own or former ones.
    package func events(formerAddresses: [Address]) -> [ConsentEvent] {
        switch situation {
        case .flagSet:
            let flagged = now.addresses.map { event($0, .optOut, by: flagAuthor, rule: .c4) }
            return flagged + movedEvents(exceptOwn: true) + markEvents
        case .flagCleared, .flagDisputed:
            var addresses = now.addresses
            for former in formerAddresses where !addresses.contains(former) { addresses.append(former) }
            let rule: ConsentRule = situation == .flagCleared ? .c5 : .c6
            let lifted =
                addresses
                .filter { standings[$0]?.stands(source) ?? formerAddresses.contains($0) }
                .map { event($0, .optIn, rule: rule) }
            return lifted + movedEvents(exceptOwn: true) + markEvents
        case .nothingNew, .gone, .ownWrite, .flagGone:
            var events = movedEvents(exceptOwn: false)
            for reached in reachedEvents where !events.contains(where: { $0.identity == reached.identity }) {
                events.append(reached)
            }
            return events + markEvents
        }
    }

    /// A changed address takes the opt-outs that the flag stands for along to the new main address: whatever stands on
    /// the old one, since a flag that is not written yet or is disputed stands for it, too.
    ///
    /// The old one is the last that the record had: emptying it first shakes nothing off.
    private func movedEvents(exceptOwn: Bool) -> [ConsentEvent] {
        guard let before, !now.isDeleted, let old = before.lastMain, let new = now.mainAddress, old != new,
            let standing = standings[old]
        else { return [] }
        let standingSources = standing.sources.filter { $0.value.stands && !(exceptOwn && $0.key == source) }
        return standingSources.sorted { $0.key < $1.key }.map { source, said in
            ConsentEvent(
                address: new,
                kind: .optOut,
                by: standing.author(at: source) ?? .crm,
                source: source,
                isComplaint: said.isComplaint,
                position: said.optOut == Int64.max ? nil : said.optOut,
                receivedAt: receivedAt,
                through: ConsentEvent.throughMovedRecord,
                rule: .c4
            )
        }
    }

    /// A record whose flag the CRM set opts out every address that it has (C4), those that it gets later included.
    ///
    /// A flag that Causeway set does not, but for a main address in place of none: what that flag stood for is not to
    /// be shaken off by emptying the address first.
    private var reachedEvents: [ConsentEvent] {
        guard let before, !now.isDeleted, now.isOptedOut, before.record.isOptedOut else { return [] }
        let asksItself = !before.flagIsOurs || standings.values.contains { $0.stands(source) }
        if asksItself {
            return now.addresses.filter { !(standings[$0]?.stands(source) ?? false) }
                .map { event($0, .optOut, rule: .c4) }
        }
        guard before.record.mainAddress == nil, let main = now.mainAddress,
            !standings.values.contains(where: \.isOptedOut)
        else { return [] }
        return [event(main, .optOut, rule: .c4)]
    }

    /// An operator who clears the undeliverable mark says that the address can be tried again (C8).
    private var markEvents: [ConsentEvent] {
        guard let before, !now.isDeleted, before.record.isUndeliverable, !now.isUndeliverable, ownWrite != .mark(false),
            now.lockVersion > before.record.lockVersion, let main = now.mainAddress,
            main == before.record.mainAddress, now.updatedBy == nil || now.updatedBy != ownUser
        else { return [] }
        return [event(main, .deliverable, rule: .c8)]
    }

    private func event(
        _ address: Address,
        _ kind: ConsentEvent.Kind,
        by author: Author = .crm,
        rule: ConsentRule
    ) -> ConsentEvent {
        // After the CRM was restored its versions are lower than the one at which the flag was cleared before: what is
        // set now stands all the same.
        let cleared = kind == .optOut ? standings[address]?.sources[source]?.optIn : nil
        return ConsentEvent(
            address: address,
            kind: kind,
            by: author,
            source: source,
            position: max(now.lockVersion, cleared ?? now.lockVersion),
            occurredAt: now.updatedAt,
            receivedAt: receivedAt,
            through: through,
            rule: rule
        )
    }
}
