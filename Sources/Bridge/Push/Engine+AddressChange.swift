import Logging
import Reconciliation
import Store

extension Engine {
    /// Gives a contact the new main address of its record, rather than leaving it behind and making a second one.
    ///
    /// The change is decided once more in the transaction that marks both of its addresses as in flight, and again on the
    /// contact as it is read before the write: so consent of either address is asked each time. Whatever the provider
    /// refuses is left, and each address is decided by itself.
    func changeAddress(
        _ row: ProviderRound.DecidedRow<AddressChange>,
        round: ProviderRound,
        provider: any EmailProvider
    ) async throws -> Int {
        let account = round.account
        let change = row.content
        guard let intent = try await claim(change, row.dirty, account: account) else { return 0 }
        defer { callsUnderWay.end(intent) }
        do {
            let after = try await provider.changeAddress(of: change.contact, to: change.email) { read in
                try await self.confirm(change, on: read, intent: intent, account: account)
            }
            try await answered(after, intent, account: account)
        } catch is OvertakenChange {
            try await giveUp(intent, OvertakenChange.reason)
        } catch let error as PortError {
            try await failed(change, intent, error, account: account, provider: provider)
        }
        return 1
    }

    /// Marks the change as in flight, if it is still what is to be done.
    ///
    /// - Returns: the intent; nil when the row has to be decided again.
    private func claim(_ change: AddressChange, _ row: Dirty.Row, account: AccountID) async throws -> Int64? {
        let now = clock.now
        return try await store.database.write { connection -> Int64? in
            guard try isStillMeant(change, account: account, in: connection),
                try Intents.inFlight(among: [change.old, change.new], account: account, in: connection).isEmpty,
                try Dirty.removeIfUnchanged(row, account: account, in: connection)
            else { return nil }
            let id = try Intents.insert(
                account: account,
                kind: IntentKind.changeAddress.rawValue,
                lane: row.lane,
                payload: "{}",
                rows: try change.rows(account: account),
                at: now,
                in: connection
            )
            try Intents.awaitNoEcho(of: id, at: AddressChange.oldRow, in: connection)
            callsUnderWay.begin(id)
            return id
        }
    }

    private func isStillMeant(
        _ change: AddressChange,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Bool {
        let context = try context(accounts: [account], in: connection)
        let operation = Operation.changeAddress(account, change.contact, from: change.old, to: change.email)
        return try AddressViews.load([change.new], context: context, in: connection).contains { view in
            AddressChangeDecision.isStillMeant(operation, in: view)
        }
    }

    /// Takes over the contact as it was read for the write, and decides on it once more.
    private func confirm(
        _ change: AddressChange,
        on read: ProviderContact,
        intent: Int64,
        account: AccountID
    ) async throws {
        let recorder = recorder(through: "read for a write")
        let isMeant = try await store.database.write { connection -> Bool in
            try recorder.record([read], account: account, in: connection)
            return try Intents.find(intent, in: connection)?.state == .open
                && isStillMeant(change, account: account, in: connection)
        }
        if !isMeant { throw OvertakenChange() }
    }

    private func answered(_ after: ProviderContact, _ intent: Int64, account: AccountID) async throws {
        let recorder = recorder(through: "answer")
        try await store.database.write { connection in
            try recorder.record([after], account: account, answering: intent, in: connection)
            try Intents.noteAnswer(
                WriteAnswerText.of(after),
                to: IntentSubject.contact(after.id, account: account),
                of: intent,
                in: connection
            )
            if let changed = after.changedAt {
                try Intents.setAnswer(of: intent, at: 0, version: changed.milliseconds, in: connection)
            }
            try endAndDecideAgain(
                intent,
                as: .done,
                result: nil,
                refusal: nil,
                at: recorder.now,
                in: connection
            )
            try Intents.awaitNoEchoOfEarlier(than: intent, in: connection)
        }
    }

    /// The contact has the address that it had, or nobody knows.
    private func failed(
        _ change: AddressChange,
        _ intent: Int64,
        _ error: PortError,
        account: AccountID,
        provider: any EmailProvider
    ) async throws {
        switch error.code {
        case .conflict, .refused:
            logger.notice(
                "a contact keeps its address",
                metadata: ["account": "\(account)", "intent": "\(intent)", "error": "\(error)"]
            )
            let now = clock.now
            try await store.database.write { connection in
                try RefusedChanges.note(change.contact, change.new, account: account, at: now, in: connection)
                try endAndDecideAgain(
                    intent,
                    as: .failed,
                    result: error.description,
                    refusal: nil,
                    mayHaveEffect: false,
                    at: now,
                    in: connection
                )
            }
        case .notFound:
            try await giveUp(intent, error.description)
            try await readContact(change.contact, of: account, provider: provider, through: "read back")
        case .needsAuthorisation, .forbidden, .throttled, .quotaSpent, .queueFull, .unavailable, .otherAccount,
            .unknownOutcome, .unreadableAnswer:
            try await fail(intent, error, account: account)
        }
    }
}

/// Between the decision and the write, what a change of an address is decided on became another.
private struct OvertakenChange: Error {
    static let reason = "the contact or its addresses have changed meanwhile; it is decided again"
}
