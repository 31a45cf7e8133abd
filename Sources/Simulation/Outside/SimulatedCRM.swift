import Bridge
import Reconciliation
import Synchronization

/// A CRM in memory, as workbooks.md has it: lock versions, deltas with repeated rows, statuses that belong to a campaign.
package final class SimulatedCRM: CRM {
    package static let ownUser: Int64 = 900
    package static let operatorUser: Int64 = 7
    /// A user that is software.
    package static let softwareUser: Int64 = 77
    /// Stands for whoever put an older database back.
    package static let restoringUser: Int64 = -1

    package struct State: Sendable {
        package var records: [RecordID: CRMRecord] = [:]
        package var members: [MemberID: CampaignMember] = [:]
        package var campaigns: [CampaignID: Campaign] = [:]
        package var statuses: [Int64: MembershipStatus] = [:]
        /// Rows in the order of their last change.
        package var recordChanges: [RecordID: Int64] = [:]
        package var memberChanges: [MemberID: Int64] = [:]
        package var lastChange: Int64 = 0
        package var lastStatus: Int64 = 100
        package var refused: Set<RecordID> = []
        /// Every effective write, for tests that count.
        package var written: [CRMWrite] = []
        /// Every change of an opt-out flag, oldest first.
        package var flagChanges: [RecordID: [FlagChange]] = [:]
        /// Every change of an undeliverable mark by somebody else, by record.
        package var markedByOthers: Set<RecordID> = []
        /// Statuses that calls of this port set and nobody has changed since, with the one before.
        package var ownStatuses: [MemberID: Int64] = [:]
        /// Earlier versions of each record, oldest first.
        package var versions: [RecordID: [CRMRecord]] = [:]
        /// Scans of members that still are to find nobody, as when a permission was lost.
        package var blindScans = 0
        /// Records that the API's user may not read for a while, as after a change of permissions.
        package var hidden: Set<RecordID> = []
        /// Those of the hidden ones that were deleted for good: nobody shows them again.
        package var vanished: Set<RecordID> = []

        /// The record as the API shows it; nil where it shows none.
        func readable(_ id: RecordID) -> CRMRecord? { hidden.contains(id) ? nil : records[id] }
    }

    /// One change of an opt-out flag.
    package struct FlagChange: Sendable, Hashable {
        package var lockVersion: Int64
        package var isSet: Bool
        package var user: Int64
    }

    package let state = Mutex(State())
    package let clock: any WallClock
    package let faults: Faults
    package let capabilities = CRMCapabilities(readBatch: 5, writeBatch: 4, concurrency: 1, startingRate: 10)
    /// Rows of a page; small, so that pages matter.
    private let pageSize = 6

    package init(clock: any WallClock, faults: Faults) {
        self.clock = clock
        self.faults = faults
    }

    // MARK: The operator's side

    @discardableResult
    package func edit(_ id: RecordID, by user: Int64 = operatorUser, _ change: (inout CRMRecord) -> Void) -> CRMRecord?
    {
        guard var record = record(id) else { return nil }
        change(&record)
        let changed = record
        return state.withLock { state in
            var record = changed
            touch(&record, by: user, in: &state)
            return record
        }
    }

    package func add(_ record: CRMRecord) {
        state.withLock { state in
            var record = record
            record.lockVersion = -1
            touch(&record, by: Self.operatorUser, in: &state)
        }
    }

    package func edit(_ id: MemberID, by user: Int64 = operatorUser, _ change: (inout CampaignMember) -> Void) {
        guard var member = state.withLock({ $0.members[id] }) else { return }
        change(&member)
        let changed = member
        state.withLock { state in
            var member = changed
            touch(&member, by: user, in: &state)
        }
    }

    package func add(_ member: CampaignMember) {
        state.withLock { state in
            var member = member
            member.lockVersion = -1
            touch(&member, by: Self.operatorUser, in: &state)
        }
    }

    /// Puts an older copy of a record back, as a restored database does.
    package func restore(_ record: CRMRecord) {
        state.withLock { state in
            if state.records[record.id]?.isOptedOut != record.isOptedOut {
                state.flagChanges[record.id, default: []].append(
                    FlagChange(lockVersion: record.lockVersion, isSet: record.isOptedOut, user: Self.restoringUser)
                )
            }
            state.records[record.id] = record
            state.lastChange += 1
            state.recordChanges[record.id] = state.lastChange
        }
    }

    package func addCampaign(_ id: CampaignID, name: String, statuses: [String]) {
        state.withLock { state in
            state.campaigns[id] = Campaign(
                id: id,
                reference: "CAMP-\(id)",
                name: name,
                publicName: nil,
                lockVersion: 0
            )
            for text in statuses { Self.addStatus(text, to: id, in: &state) }
        }
    }

    package func status(_ text: String, of campaign: CampaignID) -> Int64 {
        state.withLock { state in
            state.statuses.values.first { $0.campaign == campaign && $0.text == text }?.id ?? -1
        }
    }

    package func statusText(of member: MemberID) -> String? {
        state.withLock { state in
            state.members[member].flatMap { $0.isDeleted ? nil : state.statuses[$0.statusID]?.text }
        }
    }

    package func record(_ id: RecordID) -> CRMRecord? { state.withLock { $0.records[id] } }

    package func isFlagged(_ id: RecordID) -> Bool { record(id)?.isOptedOut ?? false }

    @discardableResult
    private static func addStatus(_ text: String, to campaign: CampaignID, in state: inout State) -> MembershipStatus {
        state.lastStatus += 1
        let status = MembershipStatus(id: state.lastStatus, campaign: campaign, text: text)
        state.statuses[status.id] = status
        return status
    }

    private func touch(_ record: inout CRMRecord, by user: Int64, in state: inout State) {
        record.lockVersion += 1
        record.updatedBy = user
        record.updatedAt = Timestamp(seconds: clock.now.seconds)
        let old = state.records[record.id]
        if (old?.isOptedOut ?? false) != record.isOptedOut {
            state.flagChanges[record.id, default: []].append(
                FlagChange(lockVersion: record.lockVersion, isSet: record.isOptedOut, user: user)
            )
        }
        if (old?.isUndeliverable ?? false) != record.isUndeliverable, user != Self.ownUser {
            state.markedByOthers.insert(record.id)
        }
        if let old { state.versions[record.id, default: []].append(old) }
        state.records[record.id] = record
        state.lastChange += 1
        state.recordChanges[record.id] = state.lastChange
    }

    private func touch(_ member: inout CampaignMember, by user: Int64, in state: inout State) {
        member.lockVersion += 1
        member.updatedBy = user
        member.updatedAt = Timestamp(seconds: clock.now.seconds)
        if let old = state.members[member.id], old.statusID != member.statusID {
            let isLeaving = state.statuses[member.statusID]?.text == "Unsubscribed"
            state.ownStatuses[member.id] = user == Self.ownUser && isLeaving ? old.statusID : nil
        }
        state.members[member.id] = member
        state.lastChange += 1
        state.memberChanges[member.id] = state.lastChange
    }

    // MARK: The port

    package func identify() async throws -> CRMIdentity {
        CRMIdentity(databaseID: "db", databaseName: "Test", userID: Self.ownUser)
    }

    package func campaigns() async throws -> [Campaign] {
        try await faults.call("crm.campaigns") { state.withLock { $0.campaigns.values.sorted { $0.id < $1.id } } }
    }

    package func statuses(of campaign: CampaignID) async throws -> [MembershipStatus] {
        try await faults.call("crm.statuses") {
            state.withLock { $0.statuses.values.filter { $0.campaign == campaign }.sorted { $0.id < $1.id } }
        }
    }

    package func createStatus(in campaign: CampaignID, text: String) async throws -> MembershipStatus {
        try await faults.call("crm.createStatus") {
            state.withLock { state in
                state.statuses.values.first { $0.campaign == campaign && $0.text == text }
                    ?? Self.addStatus(text, to: campaign, in: &state)
            }
        }
    }

    package func latestPosition(of source: CRMSource) async throws -> ChangePosition {
        try await faults.call("crm.latestPosition") {
            ChangePosition(second: clock.now.seconds, drainingAfter: state.withLock { $0.lastChange })
        }
    }

    package func changes(of source: CRMSource, after position: ChangePosition) async throws -> ChangePage {
        try await faults.call("crm.changes") { state.withLock { page(of: source, after: position, in: $0) } }
    }

    private func page(of source: CRMSource, after position: ChangePosition, in state: State) -> ChangePage {
        // A poll begins two changes early: rows repeat (workbooks.md §5.3).
        let start = (position.drainingAfter ?? 0) - (position.poll == nil ? 2 : 0)
        let began = position.poll ?? ChangePosition.Poll(from: start, newest: state.lastChange, began: clock.now)
        func page<ID: Hashable>(_ changes: [ID: Int64]) -> (ids: [ID], last: Int64, isLast: Bool) {
            let rows = changes.filter { $0.value > start }.sorted { $0.value < $1.value }
            let taken = rows.prefix(pageSize)
            return (
                taken.map(\.key), taken.last?.value ?? max(start, position.drainingAfter ?? 0), rows.count <= pageSize
            )
        }
        func next(_ last: Int64, _ isLast: Bool) -> ChangePosition {
            ChangePosition(
                second: clock.now.seconds,
                drainingAfter: max(last, position.drainingAfter ?? 0),
                poll: isLast ? nil : began
            )
        }
        switch source {
        case .members:
            let found = page(state.memberChanges)
            return ChangePage(
                members: found.ids.compactMap { state.members[$0] },
                next: next(found.last, found.isLast),
                isLast: found.isLast
            )
        case .people, .leads:
            let kind: RecordKind = source == .people ? .person : .lead
            let found = page(state.recordChanges.filter { $0.key.kind == kind && !state.hidden.contains($0.key) })
            return ChangePage(
                records: found.ids.compactMap { state.records[$0] },
                next: next(found.last, found.isLast),
                isLast: found.isLast
            )
        }
    }

    package func records(_ ids: [RecordID]) async throws -> [CRMRecord] {
        try await faults.call("crm.records") { state.withLock { state in ids.compactMap(state.readable) } }
    }

    package func records(having addresses: [Address]) async throws -> [CRMRecord] {
        try await faults.call("crm.search") {
            state.withLock { state in
                state.records.values
                    .filter {
                        !$0.isDeleted && !state.hidden.contains($0.id)
                            && !Set($0.addresses).isDisjoint(with: addresses)
                    }
                    .sorted { $0.id < $1.id }
            }
        }
    }

    package func members(_ ids: [MemberID]) async throws -> [CampaignMember] {
        try await faults.call("crm.members") { state.withLock { state in ids.compactMap { state.members[$0] } } }
    }

    package func members(of campaign: CampaignID, after: MemberID?) async throws -> MemberPage {
        try await faults.call("crm.memberScan") {
            state.withLock { state in
                if state.blindScans > 0 {
                    state.blindScans -= 1
                    return MemberPage(members: [], isLast: true)
                }
                let rows = state.members.values
                    .filter { $0.campaign == campaign && !$0.isDeleted && $0.id > (after ?? MemberID(-1)) }
                    .sorted { $0.id < $1.id }
                return MemberPage(members: Array(rows.prefix(pageSize)), isLast: rows.count <= pageSize)
            }
        }
    }

    package func write(_ writes: [CRMWrite]) async throws -> [CRMWriteOutcome] {
        try await faults.call("crm.write") { state.withLock { state in writes.map { write($0, in: &state) } } }
    }

    private func write(_ write: CRMWrite, in state: inout State) -> CRMWriteOutcome {
        switch write.change {
        case .optOutFlag(let id, let isSet):
            writeRecord(id, write, in: &state) { $0.isOptedOut = isSet }
        case .undeliverableMark(let id, let isSet):
            writeRecord(id, write, in: &state) { $0.isUndeliverable = isSet }
        case .memberStatus(let id, let statusID):
            writeMember(id, write, statusID: statusID, in: &state)
        }
    }

    private func writeRecord(
        _ id: RecordID,
        _ write: CRMWrite,
        in state: inout State,
        _ change: (inout CRMRecord) -> Void
    ) -> CRMWriteOutcome {
        guard let old = state.readable(id), !old.isDeleted else { return .gone("Record \(id) could not be found.") }
        if state.refused.contains(id) { return .refused("is invalid") }
        guard old.lockVersion == write.lockVersion else { return .stale }
        var record = old
        change(&record)
        if record == old { return .unchanged(lockVersion: old.lockVersion) }
        touch(&record, by: Self.ownUser, in: &state)
        state.written.append(write)
        return .written(lockVersion: record.lockVersion, updatedAt: record.updatedAt)
    }

    private func writeMember(
        _ id: MemberID,
        _ write: CRMWrite,
        statusID: Int64,
        in state: inout State
    ) -> CRMWriteOutcome {
        guard var member = state.members[id], !member.isDeleted else { return .gone("could not be found.") }
        guard member.lockVersion == write.lockVersion else { return .stale }
        guard state.statuses[statusID]?.campaign == member.campaign else { return .refused("no such status") }
        if member.statusID == statusID { return .unchanged(lockVersion: member.lockVersion) }
        member.statusID = statusID
        touch(&member, by: Self.ownUser, in: &state)
        state.written.append(write)
        return .written(lockVersion: member.lockVersion, updatedAt: member.updatedAt)
    }

    package func attributes(of kind: RecordKind) async throws -> [CRMAttribute] { [] }
}
