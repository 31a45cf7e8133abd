import Foundation
import Logging
import Reconciliation
import Store

extension Engine {
    /// One reading of everything that changed in the CRM (workbooks.md §5).
    ///
    /// The first reading sets the positions to the present: what is older is read when a link needs it.
    ///
    /// - Parameter isFull: whether to ask again for every record that was not answered, too.
    package func readCRM(isFull: Bool = false) async throws {
        try await checkIdentity(of: crmAccount)
        try await gate.reading(from: clock.now) {
            try await Lane.$current.withValue(.optOuts) {
                let reading = try await readingBegins(of: crmAccount)
                if reading.isRestored { try await readBaselinesFirst() }
                for source in CRMSource.allCases { try await readChanges(of: source) }
                try await readUnanswered(isFull: isFull)
                let (account, now) = (crmAccount, clock.now)
                try await store.database.write { connection in
                    if reading.isRestored { try claimMemberships(in: connection) }
                    try readingEnds(reading, of: account, by: "reading of what changed", isWalk: true, in: connection)
                    try Accounts.answered(account, at: now, on: connection)
                }
            }
        }
    }

    private func readChanges(of source: CRMSource) async throws {
        let name = CursorName.changes(source)
        let account = crmAccount
        let stored = try await store.database.read { try Cursors.position(of: name, account: account, on: $0) }
        guard let stored else {
            let latest = try await crm.latestPosition(of: source)
            let text = try IntentPayload.encode(latest)
            try await store.database.write {
                try Cursors.set(text, of: name, account: account, on: $0)
            }
            return
        }
        var position = try IntentPayload.decode(ChangePosition.self, from: stored)
        while true {
            let page = try await crm.changes(of: source, after: position)
            try await take(page, through: "record delta")
            position = page.next
            if page.isLast { break }
        }
        let text = try IntentPayload.encode(position)
        if text != stored {
            try await store.database.write { try Cursors.set(text, of: name, account: account, on: $0) }
        }
    }

    /// Records a page of changes, and reads what the page only points at.
    func take(_ page: ChangePage, through: String) async throws {
        if page.records.isEmpty && page.members.isEmpty { return }
        // Before the members are recorded: what a status means must be known when they are decided.
        try await learnStatuses(of: page.members)
        let recorder = recorder(through: through)
        let (again, members) = try await store.database.write { connection in
            let again = try recorder.record(page.records, isConfirmed: false, in: connection)
            let linked = try linkedCampaigns(in: connection)
            return (again, try recorder.record(page.members, linked: linked, isConfirmed: false, in: connection))
        }
        try await readRecords(again + members.missing, through: through)
        try await readMembers(members.again, through: through)
        bells.ringAll()
    }

    /// Statuses are read when a link's campaign is scanned; a member with one made since has it read now.
    private func learnStatuses(of members: [CampaignMember]) async throws {
        let campaigns = try await store.database.read { connection in
            let linked = try linkedCampaigns(in: connection)
            var unknown: Set<CampaignID> = []
            var known: [CampaignID: Set<Int64>] = [:]
            for member in members where linked.contains(member.campaign) {
                if known[member.campaign] == nil {
                    known[member.campaign] = Set(
                        try Campaigns.statuses(of: member.campaign, in: connection).map(\.id)
                    )
                }
                if known[member.campaign]?.contains(member.statusID) == false { unknown.insert(member.campaign) }
            }
            return unknown
        }
        for campaign in campaigns.sorted() { try await refreshStatuses(of: campaign) }
    }

    /// Reads records by id and records them; those that are not answered are gone, or hidden.
    func readRecords(_ ids: [RecordID], through: String, lane: Lane = .singleChanges) async throws {
        let recorder = recorder(through: through, lane: lane)
        var asked: [AskedRecords] = []
        for kind in RecordKind.allCases {
            let wanted = Array(Set(ids.filter { $0.kind == kind })).sorted()
            let missing = try await atOnce(wanted.chunks(of: crm.capabilities.readBatch).map { Array($0) }) { batch in
                let records = try await crm.records(batch)
                let found = Set(records.map(\.id))
                try await store.database.write { connection in
                    _ = try recorder.record(records, isConfirmed: true, in: connection)
                }
                return batch.filter { !found.contains($0) }
            }
            asked.append(AskedRecords(count: wanted.count, unanswered: missing.flatMap { $0 }))
        }
        if asked.allSatisfy(\.unanswered.isEmpty) { return }
        let unanswered = asked
        try await store.database.write { try recordUnanswered(unanswered, recorder: recorder, in: $0) }
    }

    /// Reads memberships by id and records them; those that are not answered are gone.
    func readMembers(_ ids: [MemberID], through: String) async throws {
        let recorder = recorder(through: through)
        for chunk in Array(Set(ids)).sorted().chunks(of: crm.capabilities.readBatch) {
            let members = try await crm.members(Array(chunk))
            let found = Set(members.map(\.id))
            let gone = chunk.filter { !found.contains($0) }
            let missing = try await store.database.write { connection in
                let linked = try linkedCampaigns(in: connection)
                let recorded = try recorder.record(members, linked: linked, isConfirmed: true, in: connection)
                try recorder.recordGone(gone, in: connection)
                return recorded.missing
            }
            try await readRecords(missing, through: through)
        }
    }

    /// Follows hints: reads what they point at.
    package func follow(_ hints: [ChangeHint]) async throws {
        var records: [RecordID] = []
        var members: [MemberID] = []
        var contacts: [AccountID: Set<Address>] = [:]
        var sending: Set<AccountID> = []
        var ended: [AccountID: Set<ActivityID>] = [:]
        var readsAll = false
        for hint in hints {
            switch hint {
            case .record(let id): records.append(id)
            case .member(let id): members.append(id)
            case .campaign, .anything: readsAll = true
            case .contact(let account, let address): contacts[account, default: []].insert(address)
            case .mailing(let account): sending.insert(account)
            case .bulkChange(let account, let id): ended[account, default: []].insert(ActivityID(id))
            }
        }
        try await lookAtEnded(ended)
        // A service tells of the bulk changes of everybody who uses it: those of others wake nobody.
        if hints.allSatisfy(\.isOfBulkChange) { return }
        try await Lane.$current.withValue(.singleChanges) {
            try await readRecords(records, through: "notification")
            try await readMembers(members, through: "notification")
        }
        for (account, addresses) in contacts.sorted(by: { $0.key < $1.key }) {
            try await readContacts(having: addresses.sorted(), of: account)
        }
        try await makeReportsDue(of: sending)
        if readsAll { try await readCRM() }
        bells.ringAll()
    }

    /// Finds every record that has one of the addresses, for those that have not been looked for yet.
    func watch(_ addresses: [Address], lane: Lane) async throws {
        let missing = try await store.database.read { try Watched.missing(among: addresses, in: $0) }
        let recorder = recorder(through: "address search", lane: lane)
        try await atOnce(missing.chunks(of: crm.capabilities.readBatch).map { Array($0) }) { batch in
            // Nobody can be asked for an address that was erased; where it is seen again, it is told.
            let records = try await crm.records(having: batch.filter { !$0.isErased })
            let again = try await store.database.write { connection in
                let again = try recorder.record(records, isConfirmed: false, in: connection)
                try Watched.add(batch, at: recorder.now, in: connection)
                return again
            }
            try await readRecords(again, through: "address search", lane: lane)
        }
    }
}
