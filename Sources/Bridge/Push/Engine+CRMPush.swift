import Logging
import Reconciliation
import Store

/// A decided write to the CRM.
private struct DecidedWrite: Sendable {
    var row: Dirty.Row
    var operation: Operation
}

extension Engine {
    /// Decides the dirty addresses of the CRM and writes what differs: flags first, then marks and statuses.
    package func pushCRM(lanes: ClosedRange<Int> = 1...5) async throws -> PushOutcome {
        let account = crmAccount
        let now = clock.now
        try await readBackUnknownWrites()
        let rows = try await store.database.read {
            try Dirty.next(account: account, lanes: lanes, at: now, limit: settings.urgentRound, in: $0)
        }
        if rows.isEmpty { return PushOutcome() }
        // Until a first link is confirmed nothing is written to either side (design §8).
        guard try await store.database.read({ try FirstLink.wasConfirmed(in: $0) }) else { return PushOutcome() }
        let lane = rows.first.flatMap { Lane(rawValue: $0.lane) } ?? .singleChanges
        return try await Lane.$current.withValue(lane) {
            try await watch(rows.map(\.address), lane: .singleChanges)
            return try await decideAndWrite(rows, at: now)
        }
    }

    /// Writes whose outcome is unknown, and could not be read back when that came to light.
    private func readBackUnknownWrites() async throws {
        let account = crmAccount
        let unknown = try await store.database.read {
            try Intents.underWay(account: account, states: [.confirming], in: $0)
        }
        for intent in unknown { try await readBackCRM(intent) }
    }

    private func decideAndWrite(_ rows: [Dirty.Row], at now: Timestamp) async throws -> PushOutcome {
        let account = crmAccount
        let accounts = providerAccounts
        // The search may have marked the rows again; they are decided on what is there now.
        let (current, plans) = try await store.database.read { connection in
            let current = try Dirty.current(rows.map(\.address), account: account, in: connection)
            let context = try context(accounts: accounts, in: connection)
            let plans = try AddressViews.load(current.map(\.address), context: context, in: connection).map {
                decisions.plan($0, now)
            }
            return (current, plans)
        }
        var outcome = PushOutcome(decided: current.count)
        var writes: [DecidedWrite] = []
        var quiet: [Dirty.Row] = []
        var parked: [(Address, [ParkedRow])] = []
        for (row, plan) in zip(current, plans) {
            let operations = plan.operations.filter { $0.isForCRM }
            if operations.isEmpty { quiet.append(row) }
            writes += operations.map { DecidedWrite(row: row, operation: $0) }
            parked.append((row.address, plan.parked.filter { !$0.subject.isAboutProvider }))
        }
        let (quietRows, parkedRows) = (quiet, parked)
        try await store.database.write { connection in
            for row in quietRows { try Dirty.removeIfUnchanged(row, account: account, in: connection) }
            for (address, rows) in parkedRows {
                try Parked.replace(
                    rows.map { ($0.subject.text, $0.reason.code, $0.reason.text) },
                    address: address.text,
                    account: account,
                    at: now,
                    in: connection
                )
            }
        }
        // One write for each record and round: a second one on the same lock version would be stale.
        var taken: Set<String> = []
        var batches: [String: [DecidedWrite]] = [:]
        for write in writes where taken.insert(write.operation.crmSubject).inserted {
            batches[write.operation.crmBatch, default: []].append(write)
        }
        for name in batches.keys.sorted() {
            for chunk in (batches[name] ?? []).chunks(of: crm.capabilities.writeBatch) {
                outcome.sent += try await write(Array(chunk))
            }
        }
        return outcome
    }

    private func write(_ decided: [DecidedWrite]) async throws -> Int {
        let account = crmAccount
        let now = clock.now
        var prepared: [(row: Dirty.Row, write: CRMWrite, status: StatusWrite?, intent: IntentRow)] = []
        for item in decided {
            guard let (write, status) = try await prepare(item.operation) else { continue }
            prepared.append(
                (
                    item.row, write, status,
                    IntentRow(
                        address: item.row.address.text,
                        subject: item.operation.crmSubject,
                        payload: try status.map { try IntentPayload.encode($0) } ?? IntentPayload.encode(write)
                    )
                )
            )
        }
        if prepared.isEmpty { return 0 }
        let rows = prepared
        let kind = rows[0].status == nil ? IntentKind.crmWrite : IntentKind.memberStatus
        let claimed = try await store.database.write { connection -> (intent: Int64, kept: [Int])? in
            var kept: [Int] = []
            for (index, item) in rows.enumerated() {
                if case .optOutFlag(let record, false) = item.write.change {
                    guard try nothingAsksForFlag(of: record, in: connection) else { continue }
                }
                // The row stays marked until a decision finds nothing left to write: a crash between two writes of
                // one address loses none of them.
                kept.append(index)
            }
            if kept.isEmpty { return nil }
            let intent = try Intents.insert(
                account: account,
                kind: kind.rawValue,
                lane: rows[0].row.lane,
                payload: "{}",
                rows: kept.map { rows[$0].intent },
                at: now,
                in: connection
            )
            return (intent, kept)
        }
        guard let claimed else { return 0 }
        let sent = claimed.kept.map { rows[$0] }
        do {
            let outcomes = try await crm.write(sent.map(\.write))
            var toRead: [CRMWrite.Change] = []
            var stale: [Address] = []
            var refused: [(row: Dirty.Row, text: String)] = []
            for (item, outcome) in zip(sent, outcomes) {
                switch outcome {
                case .written: break
                case .unchanged where item.status != nil: break
                // Somebody else wrote the same: whose it is shows in the row.
                case .unchanged: toRead.append(item.write.change)
                case .stale, .gone:
                    toRead.append(item.write.change)
                    stale.append(item.row.address)
                case .refused(let text): refused.append((item.row, text))
                }
            }
            let done = Array(zip(sent, outcomes))
            try await store.database.write { connection in
                for (item, outcome) in done {
                    try Intents.noteAnswer(
                        WriteAnswerText.of(outcome),
                        to: item.intent.subject,
                        of: claimed.intent,
                        in: connection
                    )
                    try take(outcome, of: item.write, status: item.status, address: item.row.address, in: connection)
                }
                try Intents.end(claimed.intent, as: .done, result: nil, at: clock.now, in: connection)
                try Accounts.answered(account, at: now, on: connection)
            }
            try await handle(refused: refused)
            try await pause(stale)
            try await readAgain(toRead)
        } catch let error as PortError where error.code == .unknownOutcome || error.code == .unreadableAnswer {
            logger.warning("the outcome of a CRM write is unknown; reading back", metadata: ["error": "\(error)"])
            let moment = clock.now
            try await store.database.write { try Intents.setConfirming(claimed.intent, at: moment, in: $0) }
            try await readBackUnknownWrites()
        } catch let error as PortError {
            try await store.database.write { connection in
                try endAndDecideAgain(
                    claimed.intent,
                    as: .failed,
                    result: error.description,
                    refusal: nil,
                    at: clock.now,
                    in: connection
                )
            }
            throw error
        }
        return sent.count
    }

    /// A row that is stale is read again and decided at once when it has changed; one that has not waits a little, so
    /// that a CRM which keeps calling it stale is not asked without end.
    private func pause(_ addresses: [Address]) async throws {
        guard !addresses.isEmpty else { return }
        let account = crmAccount
        let until = clock.now.advanced(bySeconds: 1)
        try await store.database.write { connection in
            for address in addresses {
                try Dirty.postpone(address, account: account, until: until, in: connection)
            }
        }
    }

    /// An opt-out is never parked: what the CRM refuses is tried again with a growing pause, and logged.
    private func handle(refused: [(row: Dirty.Row, text: String)]) async throws {
        guard !refused.isEmpty else { return }
        let account = crmAccount
        let now = clock.now
        for item in refused {
            logger.error(
                "the CRM refused a write; it is tried again",
                metadata: ["address": "\(item.row.address.masked)", "reason": "\(item.text)"]
            )
        }
        try await store.database.write { connection in
            for item in refused {
                try Dirty.postpone(
                    item.row.address,
                    account: account,
                    until: now.advanced(bySeconds: 60),
                    in: connection
                )
            }
        }
    }

    /// Reads rows again that were stale or gone; they are decided again on what is read.
    func readAgain(_ changes: [CRMWrite.Change]) async throws {
        var records: [RecordID] = []
        var members: [MemberID] = []
        for change in changes {
            switch change {
            case .optOutFlag(let id, _), .undeliverableMark(let id, _): records.append(id)
            case .memberStatus(let id, _): members.append(id)
            }
        }
        try await readRecords(records, through: "read back")
        try await readMembers(members, through: "read back")
    }

    /// Reads back the rows of a CRM write whose answer was lost, then decides them again.
    func readBackCRM(_ intent: Intent) async throws {
        let rows = try await store.database.read { try Intents.rows(of: intent.id, in: $0) }
        var changes: [CRMWrite.Change] = []
        for row in rows {
            if let write = try? IntentPayload.decode(CRMWrite.self, from: row.payload) {
                changes.append(write.change)
            } else if let status = try? IntentPayload.decode(StatusWrite.self, from: row.payload) {
                changes.append(.memberStatus(status.member, statusID: status.statusID))
            }
        }
        try await readAgain(changes)
        try await store.database.write { connection in
            try endAndDecideAgain(
                intent.id,
                as: .failed,
                result: "read back",
                refusal: nil,
                at: clock.now,
                in: connection
            )
        }
    }

    private func nothingAsksForFlag(of id: RecordID, in connection: any SQLConnection) throws -> Bool {
        guard let mirror = try RecordMirrors.load([id], in: connection)[id], !mirror.record.isDeleted else {
            return false
        }
        return try Ledger.latestOptOuts(of: mirror.record.addresses, in: connection).isEmpty
    }

    /// Makes the write of an operation; nil where there is nothing to write it to any more, which the next decision sees.
    private func prepare(_ operation: Operation) async throws -> (CRMWrite, StatusWrite?)? {
        switch operation {
        case .flag(let id, let isSet, let lockVersion):
            return (CRMWrite(.optOutFlag(id, isSet), lockVersion: lockVersion), nil)
        case .mark(let id, let isSet, let lockVersion):
            return (CRMWrite(.undeliverableMark(id, isSet), lockVersion: lockVersion), nil)
        case .leavingStatus(let id, let campaign, let text, let cause, let previous, let lockVersion):
            let status = try await statusID(in: campaign, text: text)
            let write = StatusWrite(
                member: id,
                statusID: status,
                lockVersion: lockVersion,
                ownStatus: OwnStatus(cause: cause, previousStatusID: previous),
                cause: cause
            )
            return (CRMWrite(.memberStatus(id, statusID: status), lockVersion: lockVersion), write)
        case .previousStatus(let id, let campaign, let statusID, let lockVersion):
            let exists = try await store.database.read {
                try Campaigns.statuses(of: campaign, in: $0).contains { $0.id == statusID }
            }
            guard exists else {
                try await store.database.write { connection in
                    guard var row = try MemberMirrors.load([id], in: connection)[id] else { return }
                    row.ownStatus = nil
                    try MemberMirrors.save(row, in: connection)
                }
                return nil
            }
            let write = StatusWrite(
                member: id,
                statusID: statusID,
                lockVersion: lockVersion,
                ownStatus: nil,
                cause: nil
            )
            return (CRMWrite(.memberStatus(id, statusID: statusID), lockVersion: lockVersion), write)
        case .upsert, .remove, .unsubscribe, .resubscribe:
            return nil
        }
    }

    /// The id of a campaign's status of that text; the status is created where it is missing.
    private func statusID(in campaign: CampaignID, text: String) async throws -> Int64 {
        let wanted = text.lowercased()
        func find(_ statuses: [MembershipStatus]) -> Int64? {
            statuses.first { $0.text.lowercased() == wanted }?.id
        }
        if let known = find(try await store.database.read({ try Campaigns.statuses(of: campaign, in: $0) })) {
            return known
        }
        let read = try await crm.statuses(of: campaign)
        let status: MembershipStatus
        if let there = read.first(where: { $0.text.lowercased() == wanted }) {
            status = there
        } else {
            status = try await crm.createStatus(in: campaign, text: text)
        }
        try await store.database.write { try Campaigns.save(statuses: read + [status], in: $0) }
        return status.id
    }

    /// Takes over what a write's answer said.
    private func take(
        _ outcome: CRMWriteOutcome,
        of write: CRMWrite,
        status: StatusWrite?,
        address: Address,
        in connection: any SQLConnection
    ) throws {
        let lockVersion: Int64
        var updatedAt: Timestamp?
        switch outcome {
        case .written(let version, let moment): (lockVersion, updatedAt) = (version, moment)
        case .unchanged(let version):
            guard status != nil else { return }
            lockVersion = version
        case .stale, .gone, .refused: return
        }
        let recorder = recorder(through: "answer")
        let isOurs = if case .written = outcome { true } else { false }
        switch write.change {
        case .optOutFlag(let id, let isSet):
            try RecordMirrors.flagWritten(
                id,
                isOptedOut: isSet,
                isOurs: isSet && isOurs,
                lockVersion: lockVersion,
                updatedAt: updatedAt,
                in: connection
            )
            guard let mirror = try RecordMirrors.load([id], in: connection)[id] else { return }
            for neighbour in mirror.record.addresses {
                try recorder.markEverywhere(
                    neighbour,
                    lane: isSet ? .optOuts : .singleChanges,
                    reason: "flag",
                    in: connection
                )
            }
        case .undeliverableMark(let id, let isSet):
            try RecordMirrors.markWritten(
                id,
                isUndeliverable: isSet,
                isOurs: isSet && isOurs,
                lockVersion: lockVersion,
                updatedAt: updatedAt,
                in: connection
            )
            try recorder.markEverywhere(address, lane: .singleChanges, reason: "mark", in: connection)
        case .memberStatus(let id, let statusID):
            guard var row = try MemberMirrors.load([id], in: connection)[id] else { return }
            row.member.statusID = statusID
            row.member.lockVersion = lockVersion
            row.ownStatus = status?.ownStatus
            if let cause = status?.cause { row.lastCause = cause }
            try MemberMirrors.save(row, in: connection)
            try recorder.markEverywhere(address, lane: .singleChanges, reason: "status", in: connection)
        }
    }
}

extension Operation {
    /// Whether the CRM is written.
    var isForCRM: Bool {
        switch self {
        case .flag, .mark, .leavingStatus, .previousStatus: true
        case .upsert, .remove, .unsubscribe, .resubscribe: false
        }
    }

    /// What is written, as the subject of an intent.
    var crmSubject: String {
        switch self {
        case .flag(let id, _, _), .mark(let id, _, _): IntentSubject.record(id)
        case .leavingStatus(let id, _, _, _, _, _), .previousStatus(let id, _, _, _): IntentSubject.member(id)
        case .upsert, .remove, .unsubscribe, .resubscribe: ""
        }
    }

    /// Writes that go out together: one kind of change to one type of record.
    ///
    /// Flags come first in order.
    var crmBatch: String {
        switch self {
        case .flag(let id, _, _): "1 flag \(id.kind.rawValue)"
        case .mark(let id, _, _): "2 mark \(id.kind.rawValue)"
        case .leavingStatus, .previousStatus: "3 status"
        case .upsert, .remove, .unsubscribe, .resubscribe: "4"
        }
    }
}
