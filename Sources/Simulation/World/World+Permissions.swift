import Bridge
import Reconciliation
import Store
import Synchronization

/// A permission changes in the CRM: many records cannot be read, though they are there (design §4, *Breaker*).
extension World {
    /// Records are hidden or shown again, or somebody opts out whose record is hidden.
    ///
    /// - Returns: whether anything happened.
    func permissionChanges() -> Bool {
        if crm.hidden.isSubset(of: crm.state.withLock { $0.vanished }) { return recordsAreHidden() }
        if acts.happens(30), hiddenPersonOptsOut() { return true }
        if acts.happens(30), anotherIsFoundHidden() { return true }
        if acts.happens(30), addressOfHiddenFlagIsWanted() { return true }
        if acts.happens(60) { recordsAreShown() }
        return true
    }

    /// All records but a few are hidden, or all Persons but a few, and the CRM tells of those that Causeway knows.
    private func recordsAreHidden() -> Bool {
        let kinds: [RecordKind] = acts.happens(50) ? [.person] : RecordKind.allCases
        let present = crm.state.withLock { state in
            state.records.values.filter { !$0.isDeleted && kinds.contains($0.id.kind) }.map(\.id).sorted()
        }
        // Outside every transaction, so it can be asked at any call.
        let known: Set<RecordID>
        do { known = try knownRecords() } catch {
            history.wrong("the mirrors cannot be looked at: \(error)")
            return false
        }
        // Of those that Causeway does not know, nothing says that they are there.
        let all = present.filter(known.contains).shuffled(using: &acts).dropFirst(acts.below(3))
        guard all.count >= 10 else { return false }
        // Of a few it is told later.
        let told = all.dropLast(all.count > 12 ? acts.below(3) : 0).sorted()
        untold = Set(all).subtracting(told)
        crm.hide(Array(all))
        note("\(all.count) records are hidden, and it is told of \(told)")
        hintAtOnce(told.map { .record($0) })
        expectNobodyIsForgotten(told)
        return true
    }

    /// It is told of one record by itself, while others are held.
    private func anotherIsFoundHidden() -> Bool {
        let (held, known): (Set<RecordID>, Set<RecordID>)
        do { (held, known) = (try heldForHidden(), try knownRecords()) } catch {
            history.wrong("what is held cannot be looked at: \(error)")
            return false
        }
        let others = untold.intersection(known).intersection(crm.hidden).subtracting(held).sorted()
        if held.isEmpty || others.isEmpty { return false }
        let record = acts.pick(others)
        note("it is told of \(record), which is hidden, too")
        hintAtOnce([.record(record)])
        expectNobodyIsForgotten([record])
        return true
    }

    /// While records are held for hidden, somebody joins with an address that a hidden record has, too, which is flagged
    /// and of which nobody knew.
    private func addressOfHiddenFlagIsWanted() -> Bool {
        do { if try heldForHidden().isEmpty { return false } } catch {
            history.wrong("what is held cannot be looked at: \(error)")
            return false
        }
        lastRecord += 1
        let email = "hidden\(lastRecord)@example.org"
        let id = RecordID(.person, lastRecord)
        for (number, isOptedOut) in [(lastRecord, true), (lastRecord + 1, false)] {
            let record = CRMRecord(
                id: RecordID(.person, number),
                lockVersion: 0,
                updatedAt: clock.now,
                firstName: "First\(number)",
                lastName: "Last\(number)",
                mainEmail: email,
                isOptedOut: isOptedOut
            )
            crm.add(record)
            if isOptedOut {
                crm.hide([id])
                // It has been there for long: no reading of what changed comes by it.
                crm.state.withLock { $0.recordChanges[id] = 0 }
            }
            history.has(record.id, record.addresses)
        }
        lastRecord += 1
        for campaign in Self.campaigns.keys.sorted() { join(RecordID(.person, id.id + 1), campaign) }
        unknown.insert(id)
        note("somebody joins with the address of \(id), which is flagged, hidden and not known")
        return true
    }

    /// The records that the mirror has for present.
    private func knownRecords() throws -> Set<RecordID> {
        Set(
            try database.look { connection in
                try connection.rows("SELECT kind, id FROM crm_record WHERE is_deleted = 0") {
                    RecordID($0.text(0) == "lead" ? .lead : .person, $0.int(1))
                }
            }
        )
    }

    private func recordsAreShown() {
        let shown = showRecords()
        note("\(shown.count) records can be read again")
        expect("records can be read again, and are held for hidden") { world in
            try world.heldForHidden().isDisjoint(with: shown)
        }
    }

    /// Everything can be read again; of what Causeway was not told to be hidden it is told now, since nobody would ask.
    private func showRecords() -> Set<RecordID> {
        defer { untold = [] }
        hintAtOnce(untold.sorted().map { .record($0) })
        return crm.show()
    }

    /// Somebody opts out at a provider whose record is hidden.
    private func hiddenPersonOptsOut() -> Bool {
        let addresses = crm.state.withLock { state in
            Set(state.hidden.compactMap { state.records[$0]?.mainAddress })
        }
        let account = somebodysAccount
        guard let provider = providers[account] else { return false }
        let contacts = provider.state.withLock { state in
            state.contacts.values.map(\.contact).filter { contact in
                !contact.isDeleted && contact.permission.isSendable && contact.address.map(addresses.contains) == true
            }.sorted { $0.id < $1.id }
        }
        if contacts.isEmpty { return false }
        let contact = acts.pick(contacts)
        personUnsubscribes(contact, at: account, provider)
        expect("\(contact.email) opted out while its record was hidden, and is on lists") { world in
            world.providers.values.allSatisfy { $0.contact(contact.email)?.lists.isEmpty != false }
        }
        return true
    }

    /// An operator says that what is held for hidden is gone: it is.
    func recordsVanish(with hold: Hold) throws {
        let rows = try database.look { try Holds.rows(of: hold.id, in: $0) }
        // Nobody shows those any more of which Causeway does not know; some it has read since.
        let unread = unknown.subtracting(try knownRecords()).sorted()
        crm.vanish(rows.filter { $0.state == .open }.compactMap(\.record) + unread)
    }

    /// Whether an operator has begun to say that what a hold names is gone; the process may have ended then.
    func namesVanished(_ hold: Hold) throws -> Bool {
        let vanished = crm.state.withLock { $0.vanished }
        if vanished.isEmpty || hold.kind != .recordsHidden { return false }
        return try database.look { try Holds.rows(of: hold.id, in: $0) }
            .contains { $0.state == .open && $0.record.map(vanished.contains) == true }
    }

    /// Before the end everything can be read, and what an operator had begun to say is said.
    func endHiding() async throws {
        if !plan.hidesRecords { return }
        let shown = showRecords()
        note("\(shown.count) records can be read again, in the end")
        for hold in try database.look({ try Holds.all(isOpen: true, in: $0) }) where try namesVanished(hold) {
            history.approves(hold.id, .release)
            try runsAreReleased(by: hold, .release)
            try await engine.approve(hold: hold.id, choice: .release, reason: "asked")
        }
    }
}
