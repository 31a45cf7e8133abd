import Logging
import Reconciliation
import Store

extension Engine {
    /// Writes one batch, stores it as an intent before and takes over its answer after.
    ///
    /// - Returns: how many rows were sent.
    func write(_ decided: [DecidedCRMWrite]) async throws -> Int {
        let account = crmAccount
        let now = clock.now
        var prepared: [PreparedCRMWrite] = []
        for item in decided {
            guard let (write, status) = try await prepare(item.operation) else { continue }
            let payload = try status.map { try IntentPayload.encode($0) } ?? IntentPayload.encode(write)
            let row = IntentRow(
                address: item.row.address.text,
                subject: item.operation.crmSubject,
                payload: payload
            )
            prepared.append(PreparedCRMWrite(row: item.row, write: write, status: status, intent: row))
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
            callsUnderWay.begin(intent)
            return (intent, kept)
        }
        guard let claimed else { return 0 }
        // Also when its answer cannot be stored: the next round then finds it abandoned, and reads it back.
        defer { callsUnderWay.end(claimed.intent) }
        let sent = claimed.kept.map { rows[$0] }
        do {
            let outcomes = try await crm.write(sent.map(\.write))
            var toRead: [CRMWrite.Change] = []
            var stale: [Address] = []
            var gone: [(row: Dirty.Row, record: RecordID)] = []
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
                    if case .gone = outcome, let record = item.write.record { gone.append((item.row, record)) }
                case .refused(let text): refused.append((item.row, text))
                }
            }
            let done = Array(zip(sent, outcomes))
            try await store.database.write { connection in
                for (position, (item, outcome)) in done.enumerated() {
                    try Intents.noteAnswer(
                        WriteAnswerText.of(outcome),
                        to: item.intent.subject,
                        of: claimed.intent,
                        in: connection
                    )
                    if case .written(let version, _) = outcome {
                        try Intents.setAnswer(
                            of: claimed.intent,
                            at: Int64(position),
                            version: version,
                            in: connection
                        )
                    } else {
                        try Intents.awaitNoEcho(of: claimed.intent, at: Int64(position), in: connection)
                    }
                    try take(outcome, of: item.write, status: item.status, address: item.row.address, in: connection)
                }
                try Intents.end(claimed.intent, as: .done, result: nil, at: clock.now, in: connection)
                try Accounts.answered(account, at: now, on: connection)
            }
            try await handle(refused: refused)
            try await pause(stale)
            try await readAgain(toRead)
            try await backOff(gone)
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
                    mayHaveEffect: false,
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

    /// What cannot be written since its record is hidden is tried again with a growing pause, of half a minute to an hour.
    private func backOff(_ gone: [(row: Dirty.Row, record: RecordID)]) async throws {
        if gone.isEmpty { return }
        let account = crmAccount
        let now = clock.now
        let hidden = try await store.database.read { connection in
            try gone.filter { try Holds.row(of: .hidden($0.record), in: connection) != nil }.map(\.row)
        }
        if hidden.isEmpty { return }
        try await store.database.write { connection in
            for row in hidden {
                let seconds = Int64(30) << min(row.attempts, 7)
                try Dirty.postponeIfUnchanged(
                    row,
                    account: account,
                    until: now.advanced(bySeconds: seconds),
                    in: connection
                )
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

    private func nothingAsksForFlag(of id: RecordID, in connection: any SQLConnection) throws -> Bool {
        guard let mirror = try RecordMirrors.load([id], in: connection)[id], !mirror.record.isDeleted else {
            return false
        }
        let addresses = try recorder(through: "check").withTwins(mirror.record.addresses, in: connection)
        return try Ledger.latestOptOuts(of: addresses, in: connection).isEmpty
    }
}
