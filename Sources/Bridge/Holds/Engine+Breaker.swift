import Logging
import Reconciliation
import Store

extension Engine {
    /// Judges what a round would take off lists or empty, before the first row of it goes (design §4).
    ///
    /// What passes is counted in the same transaction; what does not is held with its rows, and its addresses are decided
    /// again without it. Opt-outs are never among it.
    ///
    /// - Returns: whether anything was held, so that the plans have to be made again.
    func judge(_ rows: [Dirty.Row], _ plans: [AddressPlan], account: AccountID) async throws -> Bool {
        var judged: [Judgement: [(address: Address, contact: ContactID)]] = [:]
        for (row, plan) in zip(rows, plans) {
            for item in plan.judged where item.account == account {
                judged[Judgement(kind: item.kind, link: item.link), default: []].append((row.address, item.contact))
            }
        }
        if judged.isEmpty { return false }
        let runs = judged
        let now = clock.now
        let recorder = recorder(through: "breaker")
        let held = try await store.database.write { connection -> [(link: Link, text: String)] in
            var held: [(link: Link, text: String)] = []
            for judgement in runs.keys.sorted() {
                guard let rows = runs[judgement], let link = try Links.find(judgement.link, in: connection) else {
                    continue
                }
                let text = try judge(rows.map(\.address), judgement, of: link, at: now, in: connection)
                guard let text else { continue }
                for row in rows {
                    try recorder.raise(
                        HeldRow(
                            .contact(account, row.contact),
                            .row(judgement.kind, link.id, row.address)
                        ),
                        address: row.address,
                        account: account,
                        in: connection
                    )
                }
                try Self.describe(judgement, link, text, in: connection)
                held.append((link, text))
            }
            return held
        }
        for (link, text) in held {
            logger.warning(
                "the breaker holds a run",
                metadata: ["campaign": "\(link.campaign)", "account": "\(account)", "why": "\(text)"]
            )
        }
        return !held.isEmpty
    }

    /// What is judged together: one kind of change of one link.
    private struct Judgement: Hashable, Comparable {
        var kind: HoldKind
        var link: LinkID

        static func < (left: Judgement, right: Judgement) -> Bool {
            (left.kind.rawValue, left.link) < (right.kind.rawValue, right.link)
        }
    }

    /// Judges a run of a link, the whole of it as far as the mirror shows it.
    ///
    /// - Returns: why it is held; nil when it passes, which is then counted.
    private func judge(
        _ addresses: [Address],
        _ judgement: Judgement,
        of link: Link,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> String? {
        let kind = judgement.kind
        let breaker = settings.breaker
        let passed = try JudgedRows.ofTheDay(before: now, kind: kind, link: link.id, in: connection)
        let isHeld = try Holds.isOpen(kind, of: link.id, in: connection)
        var all = passed.union(addresses)
        // A run that cannot be too large, whatever else waits, needs no look at the list.
        let waiting = try Dirty.counts(account: link.account, in: connection).all
        if !isHeld, passed.count + addresses.count + Int(waiting) <= breaker.rows {
            try JudgedRows.note(kind, link: link.id, addresses: addresses, at: now, in: connection)
            return nil
        }
        let onList = try Contacts.addresses(ours: link, in: connection)
        if kind == .removals {
            let leaving = try AddressViews.leavingStatuses(in: connection)
            let others = try JudgedRows.withoutMember(of: link, leavingStatuses: leaving, in: connection)
                .union(DeletionDoubts.onList(of: link, in: connection))
            // What somebody has decided on is judged no more.
            let decided = try Holds.stands(of: Array(others), in: connection).stands
            all.formUnion(
                others.filter { address in
                    switch decided[address]?[.row(kind, link.id, address)] {
                    case .approved, .dismissed: false
                    case .open, nil: true
                    }
                }
            )
        }
        let size = onList.union(passed).count
        if breaker.allows(total: all.count, ofList: size, isHeld: isHeld) {
            try JudgedRows.note(kind, link: link.id, addresses: addresses, at: now, in: connection)
            return nil
        }
        let what = kind == .removals ? "would leave the list" : "would have fields emptied on the list"
        return "\(all.count) of \(size) \(what) “\(link.listName)” within 24 hours; usual are at most "
            + "\(breaker.limit(ofList: size))"
    }

    private static func describe(
        _ judgement: Judgement,
        _ link: Link,
        _ text: String,
        in connection: any SQLConnection
    ) throws {
        for hold in try Holds.all(isOpen: true, in: connection)
        where hold.kind == judgement.kind && hold.link == link.id {
            try Holds.setDetail(text, of: hold.id, in: connection)
        }
    }

    // MARK: Departures

    /// Those of the contacts that are missing on a list about whom it may be asked whether the person has left.
    ///
    /// A list that suddenly reads as empty or much shrunken is nobody's leaving: it is held with its rows.
    func departuresToConsider(
        _ missing: [Recorder.LeftList],
        of link: Link,
        seen: Set<ContactID>
    ) async throws -> [Recorder.LeftList] {
        let now = clock.now
        let recorder = recorder(through: "list walk")
        let (breaker, account) = (settings.breaker, link.account)
        return try await store.database.write { connection in
            for row in try Holds.openRows(of: .departures, link: link.id, in: connection) {
                // Seen on the list: nothing was left.
                if let contact = row.contact, seen.contains(contact) {
                    try Holds.end(row, as: .gone, at: now, in: connection)
                }
            }
            if missing.isEmpty { return [] }
            let stands = try Holds.stands(of: missing.map(\.address), in: connection).stands
            func stand(_ left: Recorder.LeftList) -> HoldStand? {
                stands[left.address]?[.row(.departures, link.id, left.address)]
            }
            let passed = try JudgedRows.ofTheDay(before: now, kind: .departures, link: link.id, in: connection)
            let size = try Contacts.addresses(ours: link, in: connection).union(passed).count
            let undecided = missing.filter { stand($0) == nil }
            let all = passed.union(undecided.map(\.address))
            let isHeld = try Holds.isOpen(.departures, of: link.id, in: connection)
            let isUsual =
                breaker.allows(total: all.count, ofList: size, isHeld: isHeld)
                && !decisions.isSuspicious(missing.count, size)
            let approved = missing.filter { if case .approved = stand($0) { true } else { false } }
            if undecided.isEmpty || isUsual { return approved + undecided }
            for left in undecided {
                try recorder.raise(
                    HeldRow(.contact(account, left.contact), .row(.departures, link.id, left.address)),
                    address: left.address,
                    account: account,
                    in: connection
                )
            }
            let text = "\(all.count) of \(size) are no longer on the list “\(link.listName)” at \(account)"
            try Self.describe(Judgement(kind: .departures, link: link.id), link, text, in: connection)
            return approved
        }
    }

    // MARK: Members

    /// Records that members are gone which a scan of their campaign did not find, unless so many are missing that the
    /// reading is not to be believed: then that is held with its rows.
    func recordMissing(
        _ missing: [MemberID],
        of known: Int,
        campaign: CampaignID,
        recorder: Recorder,
        in connection: any SQLConnection
    ) throws {
        let link = try Links.all(in: connection).first { $0.campaign == campaign }
        let open = try link.map { try Holds.openRows(of: .membersMissing, link: $0.id, in: connection) } ?? []
        guard let link, decisions.isSuspicious(missing.count, known) else {
            for row in open { try Holds.end(row, as: .gone, at: recorder.now, in: connection) }
            return try recorder.recordGone(missing, in: connection)
        }
        let causes = Set(missing.map { HoldCause(.membersMissing, "\(campaign) \($0)") })
        for row in open where !causes.contains(row.cause) {
            try Holds.end(row, as: .gone, at: recorder.now, in: connection)
        }
        let mirrors = try MemberMirrors.load(missing, in: connection)
        let records = try RecordMirrors.load(mirrors.values.compactMap(\.member.record), in: connection)
        for id in missing {
            let record = mirrors[id]?.member.record
            try Holds.raise(
                Holds.NewRow(
                    HeldRow(.address, HoldCause(.membersMissing, "\(campaign) \(id)")),
                    address: record.flatMap { records[$0]?.record.mainAddress?.text } ?? "",
                    account: crmAccount,
                    subject: IntentSubject.member(id),
                    link: link.id,
                    choices: HoldSituation(.membersMissing).choices
                ),
                at: recorder.now,
                in: connection
            )
        }
        let text = "\(missing.count) of \(known) members of campaign \(campaign) are missing, and no change said so"
        try Self.describe(Judgement(kind: .membersMissing, link: link.id), link, text, in: connection)
    }
}
