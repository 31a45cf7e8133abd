import Logging
import Reconciliation
import Store

extension Engine {
    /// Makes the calls that approvals of holds ask for at an account.
    ///
    /// Each is noted before it is made. Giving an address back is safe to repeat; a confirmation mail is not, so one
    /// whose answer was lost is left, and the person's own confirmation shows whether it went out.
    func carryOutHolds(of account: AccountID, provider: any EmailProvider) async throws {
        let rows = try await store.database.read { try Holds.effects(of: account, in: $0) }
        for row in rows {
            do {
                switch row.cause.kind {
                case .addressChanged: try await putBack(row, account: account, provider: provider)
                case .disputedFlag: try await askPerson(row, account: account, provider: provider)
                case .flagsGone, .keptFlag, .otherOptOutStands, .unprovedReturn, .unclearBounce, .contactDeleted,
                    .subscribedAgain, .refusedReturn, .reportedOptOut, .listRenamed, .listDeleted, .campaignGone,
                    .removals, .wipes, .departures, .membersMissing, .recordsHidden:
                    try await end(row, .failed, "there is nothing to call")
                }
            } catch let error as PortError where !error.stopsRound {
                logger.warning(
                    "what was approved on a hold failed",
                    metadata: ["hold": "\(row.hold)", "account": "\(account)", "error": "\(error)"]
                )
                try await end(row, .failed, error.description)
            }
        }
    }

    /// Gives a contact its old address back (C11).
    private func putBack(_ row: HoldRow, account: AccountID, provider: any EmailProvider) async throws {
        guard let contact = row.contact else { return try await end(row, .failed, "the hold names no contact") }
        let moved = try await store.database.read { try MovedContacts.find(contact, account: account, in: $0) }
        guard let moved else { return try await end(row, .done, "the contact has its old address") }
        // What stands for it here is no address.
        if moved.old.isErased { return try await end(row, .failed, "the old address was erased") }
        try await begin(row)
        let after = try await provider.changeAddress(of: contact, to: moved.old.text)
        let recorder = recorder(through: "answer")
        try await store.database.write { connection in
            try recorder.record([after], account: account, in: connection)
            try Holds.setEffect(.done, result: "the contact has its old address back", of: row.id, in: connection)
        }
    }

    /// Asks the provider to send its own confirmation mail (C6).
    private func askPerson(_ row: HoldRow, account: AccountID, provider: any EmailProvider) async throws {
        if row.effect == .started {
            return try await end(row, .failed, "the answer was lost; the mail may have gone out and is not sent twice")
        }
        let recorder = recorder(through: ConsentEvent.throughHold(row.hold))
        let found = try await store.database.read { connection -> (contact: ContactID, lists: [ListID])? in
            // The person opted out by one of the record's addresses.
            let addresses = try recorder.addresses(of: row, in: connection)
            let shadows = try Contacts.having(addresses, account: account, in: connection)
            let asked = addresses.compactMap { shadows[$0]?.contact }.first {
                $0.permission == .unsubscribed && !$0.isDeleted
            }
            guard let asked else { return nil }
            let links = try Links.of(account, in: connection)
            let members = try RecordMirrors.having(addresses, in: connection).filter(\.isMain)
            let campaigns = Set(
                try MemberMirrors.ofRecords(members.map(\.mirror.record.id), in: connection).map(\.member.campaign)
            )
            let lists = links.filter { campaigns.contains($0.campaign) }.compactMap(\.list)
            return (asked.id, (lists + [try Links.master(of: account, in: connection)].compactMap { $0 }))
        }
        guard let found, !found.lists.isEmpty else {
            return try await end(row, .failed, "\(account) has no unsubscribed contact of the address for a list")
        }
        try await begin(row)
        try await provider.requestConfirmation(from: found.contact, lists: found.lists.sorted())
        try await end(row, .done, "the provider was asked to send its confirmation mail")
    }

    private func begin(_ row: HoldRow) async throws {
        try await store.database.write { try Holds.setEffect(.started, of: row.id, in: $0) }
    }

    private func end(_ row: HoldRow, _ effect: HoldRow.Effect, _ result: String) async throws {
        try await store.database.write { try Holds.setEffect(effect, result: result, of: row.id, in: $0) }
    }
}
