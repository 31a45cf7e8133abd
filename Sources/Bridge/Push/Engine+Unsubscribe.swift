import Logging
import Reconciliation
import Store

extension Engine {
    /// Unsubscribes one contact as the account.
    ///
    /// What it was before is committed before the write.
    func unsubscribe(
        _ row: ProviderRound.DecidedRow<ContactID>,
        round: ProviderRound,
        provider: any EmailProvider
    ) async throws -> Int {
        let account = round.account
        let now = clock.now
        let contact = row.content
        let intent = try await store.database.write { connection -> Int64? in
            guard try Dirty.removeIfUnchanged(row.dirty, account: account, in: connection) else { return nil }
            let id = try Intents.insert(
                account: account,
                kind: IntentKind.unsubscribe.rawValue,
                lane: row.dirty.lane,
                payload: "{}",
                rows: [
                    IntentRow(
                        address: row.dirty.address.text,
                        subject: IntentSubject.contact(contact, account: account),
                        payload: OpenUnsubscribe.notRead
                    )
                ],
                at: now,
                in: connection
            )
            callsUnderWay.begin(id)
            return id
        }
        guard let intent else { return 0 }
        defer { callsUnderWay.end(intent) }
        do {
            let after = try await provider.unsubscribe(contact, reason: OpenUnsubscribe.reason) { before in
                let payload = try IntentPayload.encode(OwnUnsubscribe(of: before, at: now))
                let isStored = try await store.database.write { connection -> Bool in
                    guard
                        try self.isStillToUnsubscribe(before, row.dirty.address, account: account, in: connection)
                    else { return false }
                    return try Intents.setRowPayloadIfOpen(intent, payload: payload, in: connection)
                }
                guard isStored else {
                    throw PortError(
                        .conflict(existing: nil),
                        operation: "unsubscribe",
                        detail:
                            "the write was taken for an interrupted one, or the contact has changed; it is decided again"
                    )
                }
            }
            let recorder = recorder(through: "answer")
            try await store.database.write { connection in
                try recorder.record([after], account: account, answering: intent, in: connection)
                try Intents.noteAnswer(
                    WriteAnswerText.of(after),
                    to: IntentSubject.contact(contact, account: account),
                    of: intent,
                    in: connection
                )
                let isWritten = try Intents.rows(of: intent, in: connection).first?.payload != OpenUnsubscribe.notRead
                if isWritten, let stamp = after.optOutAt {
                    try Intents.setAnswer(of: intent, at: 0, version: stamp.milliseconds, in: connection)
                }
                try Intents.end(
                    intent,
                    as: .done,
                    result: nil,
                    mayHaveEffect: isWritten,
                    at: recorder.now,
                    in: connection
                )
                try Intents.awaitNoEchoOfEarlier(than: intent, in: connection)
                try Dirty.mark(
                    row.dirty.address,
                    account: account,
                    lane: row.dirty.lane,
                    reason: "again",
                    at: recorder.now,
                    in: connection
                )
            }
        } catch let error as PortError {
            try await failSingle(intent, contact, error, row: row.dirty, account: account, provider: provider)
        }
        return 1
    }

    /// Takes back an unsubscribe of Causeway's own; consent is checked between the read and the write.
    func resubscribe(
        _ row: ProviderRound.DecidedRow<(contact: ContactID, lists: [ListID])>,
        round: ProviderRound,
        provider: any EmailProvider
    ) async throws -> Int {
        let account = round.account
        let address = row.dirty.address
        let lists = row.content.lists
        let claimed = try await claim(
            [row],
            kind: .resubscribe,
            lane: row.dirty.lane,
            payload: BulkPayload(lists: lists),
            account: account,
            loosens: true
        ) { rows, _ in
            rows.map { row in
                IntentRow(
                    address: row.dirty.address.text,
                    subject: IntentSubject.contact(row.content.contact, account: account),
                    payload: "{}"
                )
            }
        }
        guard let claimed else { return 0 }
        defer { callsUnderWay.end(claimed.intent) }
        do {
            let after = try await provider.resubscribe(row.content.contact, lists: lists) { _ in
                let check = self.recorder(through: "check")
                let isOptedOut = try await store.database.read { try check.isOptedOut(address, in: $0) }
                if isOptedOut {
                    throw PortError(
                        .conflict(existing: nil),
                        operation: "take an unsubscribe back",
                        detail: "the address was opted out meanwhile"
                    )
                }
            }
            let recorder = recorder(through: "answer")
            try await store.database.write { connection in
                try takeBack(after, by: claimed.intent, lists: lists, account: account, recorder, in: connection)
                try endAndDecideAgain(
                    claimed.intent,
                    as: .done,
                    result: nil,
                    refusal: nil,
                    at: recorder.now,
                    in: connection
                )
                try Intents.awaitNoEchoOfEarlier(than: claimed.intent, in: connection)
            }
        } catch let error as PortError {
            if error.code == .refused || error.code == .notFound {
                let gone = try await missing(of: lists, account: account, provider: provider)
                if !gone.isEmpty {
                    try await takeBackLater(claimed.intent, row.content.contact, without: gone, account: account)
                    return 1
                }
            }
            try await failSingle(
                claimed.intent,
                row.content.contact,
                error,
                row: row.dirty,
                account: account,
                provider: provider
            )
        }
        return 1
    }

    /// Takes over what was read of a contact for its unsubscribe, and says whether that is still to be made.
    ///
    /// What was read can be the person's return, and after the write nothing would tell it from another's. Nobody who
    /// was deleted is unsubscribed (C9), which would make them anew, and nobody who came back by their own doing (C13),
    /// as far as the decision did not know.
    private func isStillToUnsubscribe(
        _ read: ProviderContact,
        _ address: Address,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Bool {
        let known = try Contacts.load([read.id], account: account, in: connection)[read.id]
        let recorder = recorder(through: "read for a write")
        try recorder.record([read], account: account, in: connection)
        let shadow = try Contacts.load([read.id], account: account, in: connection)[read.id]
        let isNewlyBack = shadow?.personCameBack == true && known?.personCameBack != true
        return try !read.isDeleted && !isNewlyBack && recorder.isOptedOut(address, in: connection)
    }

    /// Records a contact whose unsubscribe was taken back: what of its lists is managed is Causeway's again.
    private func takeBack(
        _ contact: ProviderContact,
        by intent: Int64,
        lists: [ListID],
        account: AccountID,
        _ recorder: Recorder,
        in connection: any SQLConnection
    ) throws {
        try recorder.record([contact], account: account, answering: intent, in: connection)
        try Contacts.markOurs(
            contact.id,
            lists: lists.filter(try context(accounts: [account], in: connection).manages(account)),
            account: account,
            at: recorder.now,
            in: connection
        )
    }

    /// An unsubscribe is taken back without lists that are not there any more: their being gone is no word of the person's.
    private func takeBackLater(
        _ intent: Int64,
        _ contact: ContactID,
        without gone: [ListID],
        account: AccountID
    ) async throws {
        let now = clock.now
        try await store.database.write { connection in
            try Contacts.takeBack([contact], without: gone, account: account, at: now, in: connection)
            try endAndDecideAgain(
                intent,
                as: .failed,
                result: "a list is gone",
                refusal: nil,
                mayHaveEffect: false,
                at: now,
                in: connection
            )
        }
    }

    /// A single write failed: the contact is read back where its outcome is unknown, then decided again.
    private func failSingle(
        _ intent: Int64,
        _ contact: ContactID,
        _ error: PortError,
        row: Dirty.Row,
        account: AccountID,
        provider: any EmailProvider
    ) async throws {
        logger.warning(
            "write failed",
            metadata: ["account": "\(account)", "intent": "\(intent)", "error": "\(error)"]
        )
        if error.code == .unknownOutcome || error.code == .unreadableAnswer || error.code == .notFound {
            do {
                try await readContact(contact, of: account, provider: provider, through: "read back")
            } catch let second as PortError {
                // The outcome stays unknown: it is read back when the account answers again.
                let now = clock.now
                try await store.database.write { try Intents.setConfirming(intent, at: now, in: $0) }
                throw second
            }
        }
        let now = clock.now
        let delay = min(300, Int64(1) << min(8, row.attempts + 1))
        try await store.database.write { connection in
            try Intents.end(
                intent,
                as: .failed,
                result: error.description,
                mayHaveEffect: !error.hadNoEffect,
                at: now,
                in: connection
            )
            if error.code == .refused {
                try Parked.refuse(row.address, account: account, text: error.detail, at: now, in: connection)
            }
            try Dirty.mark(
                row.address,
                account: account,
                lane: row.lane,
                reason: "again",
                at: now,
                notBefore: now.advanced(bySeconds: error.stopsRound ? 1 : delay),
                attempts: row.attempts + 1,
                in: connection
            )
        }
        if error.stopsRound { throw error }
    }
}

extension AddressViews.Context {
    /// A test of whether an account's list is managed.
    func manages(_ account: AccountID) -> (ListID) -> Bool {
        guard let rules = accounts[account] else { return { _ in false } }
        return { rules.manages($0) }
    }
}
