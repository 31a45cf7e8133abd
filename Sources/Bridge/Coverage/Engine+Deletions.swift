import Logging
import Reconciliation
import Store

extension Engine {
    /// Looks for contacts that were deleted in a gap, and for what they did before (C9).
    ///
    /// A deletion is found by a walk of the deleted ones alone; it is asked for when the account was not read for a
    /// while, and before the gap is closed, so that nobody is brought back by an addition meanwhile.
    func readDeletions(of account: AccountID, provider: any EmailProvider) async throws {
        _ = try await walk(.deleted, of: account, provider: provider, through: "walk after a gap", isAfterGap: true)
        try await lookIntoDeletions(of: account, provider: provider)
    }

    /// Reads the activity of contacts that were deleted in a gap: an opt-out found there is C1, and where the provider
    /// says nothing an unsubscribe cannot be ruled out.
    func lookIntoDeletions(of account: AccountID, provider: any EmailProvider) async throws {
        while true {
            let waiting = try await store.database.read {
                try DeletionDoubts.waiting(account: account, limit: 50, in: $0)
            }
            if waiting.isEmpty { return }
            for doubt in waiting {
                let sightings = try await sightings(of: doubt.contact, provider: provider)
                try await settle(doubt, sightings)
            }
        }
    }

    private func sightings(of contact: ContactID, provider: any EmailProvider) async throws -> [OptOutSighting]? {
        do {
            return try await provider.optOuts(of: contact)
        } catch let error as PortError {
            switch error.code {
            case .forbidden, .refused: return nil
            case .needsAuthorisation, .notFound, .conflict, .throttled, .quotaSpent, .queueFull, .unavailable,
                .unknownOutcome, .unreadableAnswer, .otherAccount:
                throw error
            }
        }
    }

    private func settle(_ doubt: DeletionDoubts.Row, _ sightings: [OptOutSighting]?) async throws {
        let recorder = recorder(through: "contact activity")
        try await store.database.write { connection in
            guard let sightings else {
                try DeletionDoubts.keep(
                    doubt.contact,
                    account: doubt.account,
                    finding: "the provider does not say whether the person unsubscribed before the contact was deleted",
                    in: connection
                )
                // Somebody is asked now.
                try recorder.markEverywhere(doubt.address, lane: .removals, reason: "C9", in: connection)
                return
            }
            try recorder.append(
                sightings.map { $0.event(address: doubt.address, account: doubt.account, recorder.now) },
                evidence: try Evidence.activity(of: doubt.contact, account: doubt.account, sightings),
                in: connection
            )
            try DeletionDoubts.end(doubt.contact, account: doubt.account, at: recorder.now, in: connection)
            try recorder.markEverywhere(doubt.address, lane: .singleChanges, reason: "C9", in: connection)
        }
    }
}

extension OptOutSighting {
    fileprivate func event(address: Address, account: AccountID, _ now: Timestamp) -> ConsentEvent {
        ConsentEvent(
            address: address,
            kind: .optOut,
            by: .person,
            source: .account(account),
            position: occurredAt?.milliseconds,
            occurredAt: occurredAt,
            receivedAt: now,
            through: "contact activity",
            rule: .c1
        )
    }
}
