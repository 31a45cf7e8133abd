import Bridge
import Reconciliation
import Synchronization

/// What operators and other software do in the CRM.
extension World {
    // MARK: Flags

    func flagIsSet() {
        guard let record = someRecord else { return }
        flagIsSet(of: record)
    }

    func flagIsSet(of record: CRMRecord) {
        crm.edit(record.id) { $0.isOptedOut = true }
        note("an operator flags \(record.short)")
        hint(.record(record.id))
    }

    func flagIsCleared() {
        guard let record = someRecord(where: \.isOptedOut) else { return }
        flagIsCleared(of: record)
    }

    func flagIsCleared(of record: CRMRecord) {
        history.bulkCleared[record.id] = nil
        crm.edit(record.id) { $0.isOptedOut = false }
        note("an operator clears the flag of \(record.short)")
        hint(.record(record.id))
        let isRestored = history.restored.contains(record.id)
        expect("an operator cleared the flag of \(record.id) and its opt-out still stands") { world in
            isRestored || !record.addresses.contains { world.history.said(.record(record.id), $0)?.stands == true }
        }
        let latest = record.addresses.compactMap { history.latestOptOut(of: $0) }.max()
        expect("an operator cleared the flag of \(record.id), and Causeway set it again") { world in
            let newer = record.addresses.compactMap { world.history.latestOptOut(of: $0) }.max()
            return world.crm.record(record.id)?.isOptedOut == false || newer != latest
        }
    }

    func softwareClearsFlag() {
        guard let record = someRecord(where: \.isOptedOut) else { return }
        crm.edit(record.id, by: SimulatedCRM.softwareUser) { $0.isOptedOut = false }
        note("software clears the flag of \(record.short)")
    }

    func flagsAreClearedInBulk() {
        let flagged = crm.state.withLock { $0.records.values.filter { $0.isOptedOut && !$0.isDeleted } }
        guard flagged.count > Self.clearedFlagsOfOperators + 1 else { return }
        for record in flagged.sorted(by: { $0.id < $1.id }) {
            history.bulkCleared[record.id] = History.BulkClearing(
                at: clock.now,
                stood: history.addresses(optedOutBy: .record(record.id))
            )
            crm.edit(record.id) { $0.isOptedOut = false }
        }
        note("the flags of \(flagged.count) records are cleared at once")
    }

    /// An older copy of a record comes back, as when the CRM is restored from a backup.
    func databaseIsRestored() {
        guard let record = someRecord(where: { _ in true }) else { return }
        let older = crm.state.withLock { state in
            (state.versions[record.id] ?? []).filter {
                $0.addresses == record.addresses && !$0.isDeleted && $0.isOptedOut != record.isOptedOut
            }
        }
        guard let copy = older.last else { return }
        history.restored.insert(record.id)
        crm.restore(copy)
        note("an older copy of \(record.id) comes back: \(copy.short)")
        let source = ConsentSource.record(record.id)
        let stood = record.addresses.filter { history.said(source, $0)?.stands == true }
        if !copy.isOptedOut {
            expect("a restored database lifted the opt-out of \(record.id)") { world in
                stood.allSatisfy { world.history.said(source, $0)?.stands == true }
            }
        }
    }

    func markIsCleared() {
        guard let record = someRecord(where: \.isUndeliverable) else { return }
        crm.edit(record.id) { $0.isUndeliverable = false }
        note("an operator clears the undeliverable mark of \(record.short)")
    }

    func someRecord(where isMeant: (CRMRecord) -> Bool) -> CRMRecord? {
        let all = crm.state.withLock { state in
            // What a calm life expects of an act has to be read at once.
            state.records.values
                .filter { !$0.isDeleted && !(plan.isCalm && state.hidden.contains($0.id)) && isMeant($0) }
                .sorted { $0.id < $1.id }
        }
        return all.isEmpty ? nil : acts.pick(all)
    }

    // MARK: Records

    func addRecord(isEarly: Bool) {
        lastRecord += 1
        let id = RecordID(acts.happens(33) ? .lead : .person, lastRecord)
        let email = acts.happens(4) ? "nobody@nowhere" : acts.pick(Self.emails)
        let record = CRMRecord(
            id: id,
            lockVersion: 0,
            updatedAt: clock.now,
            firstName: "First\(id.id)",
            lastName: "Last\(id.id)",
            mainEmail: acts.happens(10) ? email.uppercased() : email,
            otherEmails: acts.happens(25) ? [acts.pick(Self.emails)] : [],
            isOptedOut: acts.happens(isEarly ? 12 : 20)
        )
        crm.add(record)
        history.has(record.id, record.addresses)
        if !isEarly { note("\(record.short) is added") }
        for campaign in Self.campaigns.keys.sorted() where acts.happens(50) { join(id, campaign) }
        hint(.record(id))
    }

    func recordIsDeleted() {
        guard let record = someRecord else { return }
        crm.edit(record.id) { $0.isDeleted = true }
        note("\(record.short) is deleted")
    }

    /// One record goes, and another takes over its address and its memberships.
    func recordsAreMerged() {
        guard let gone = someRecord, let kept = someRecord(where: { $0.id != gone.id }) else { return }
        crm.edit(gone.id) { $0.isDeleted = true }
        crm.edit(kept.id) { record in
            if !record.otherEmails.contains(gone.mainEmail) { record.otherEmails.append(gone.mainEmail) }
        }
        history.has(kept.id, kept.addresses + gone.addresses)
        let moved = crm.state.withLock { $0.members.values.filter { $0.record == gone.id && !$0.isDeleted }.map(\.id) }
        for member in moved.sorted() { crm.edit(member) { $0.record = kept.id } }
        note("\(gone.short) is merged into \(kept.short)")
    }

    func addressChanges() {
        guard let record = someRecord else { return }
        let email = acts.happens(20) ? "new\(lastRecord)-\(acts.below(1000))@example.org" : acts.pick(Self.emails)
        crm.edit(record.id) { $0.mainEmail = email }
        history.has(record.id, record.addresses + [Address(compared: email)])
        note("the address of \(record.short) changes to \(email)")
        hint(.record(record.id))
    }

    func addressIsAdded() {
        guard let record = someRecord else { return }
        let email = acts.pick(Self.emails)
        crm.edit(record.id) { record in
            if !record.otherEmails.contains(email) { record.otherEmails.append(email) }
        }
        history.has(record.id, record.addresses + [Address(compared: email)])
        note("\(record.short) gets \(email), too")
    }

    func nameChanges() {
        guard let record = someRecord else { return }
        nameChanges(of: record)
    }

    func nameChanges(of record: CRMRecord) {
        let name = "Name\(acts.below(1000))"
        crm.edit(record.id) { $0.firstName = name }
        note("\(record.short) is called \(name)")
    }

    // MARK: Members

    func join(_ record: RecordID, _ campaign: CampaignID) {
        lastRecord += 1
        crm.add(
            CampaignMember(
                id: MemberID(lastRecord),
                campaign: campaign,
                record: record,
                statusID: crm.status("Invited", of: campaign),
                lockVersion: 0,
                updatedAt: clock.now
            )
        )
    }

    func memberIsAdded() {
        guard let record = someRecord else { return }
        memberIsAdded(record)
    }

    func memberIsAdded(_ record: CRMRecord) {
        let campaign = acts.pick(Self.campaigns.keys.sorted())
        join(record.id, campaign)
        note("\(record.short) joins campaign \(campaign)")
    }

    func memberIsRemoved() {
        guard let member = someMember else { return }
        crm.edit(member.id) { $0.isDeleted = true }
        note("member \(member.id) of campaign \(member.campaign) is removed")
        hint(.member(member.id))
    }

    func statusChanges() {
        guard let member = someMember else { return }
        let text = acts.happens(50) ? "Invited" : "Unsubscribed"
        let status = crm.status(text, of: member.campaign)
        guard status > 0 else { return }
        crm.edit(member.id) { $0.statusID = status }
        note("member \(member.id) of campaign \(member.campaign) becomes \(text)")
    }
}
