import Logging
import Reconciliation
import Store

extension Engine {
    /// The verification pass of an account: whatever was not read back yet is, what differs is marked and put right, and
    /// the digests of both sides and of the provider are made and kept (design §4, *Convergence proof*).
    ///
    /// - Parameters:
    ///   - links: the links to verify.
    ///   - readBack: what the round has read back already.
    ///   - settle: pushes until nothing is left to send.
    func verify(
        _ account: AccountID,
        links: [LinkID],
        readBack: ReadBack,
        settle: () async throws -> Void
    ) async throws {
        guard let provider = providers[account] else { return }
        try await Lane.$current.withValue(.verification) {
            if !readBack.hasWalkedUnsubscribed {
                try await readUnsubscribed(of: account, isDue: true, readBack: readBack)
            }
            for id in links { try await walkIfNotRead(id, provider: provider, readBack: readBack) }
            try await walkMasterIfDue(of: account, provider: provider, isFull: true)
        }
        try await settle()
        for _ in 1...4 {
            var isSettled = true
            for id in links {
                guard let proof = try await proof(of: id, readBack: readBack) else { continue }
                if try await mark(proof.unmarked, account: account) { isSettled = false }
                let hasRead = try await Lane.$current.withValue(.verification) {
                    try await readAgain(proof.toRead, link: id, provider: provider, readBack: readBack)
                }
                if hasRead { isSettled = false }
            }
            if isSettled { break }
            try await settle()
        }
        for id in links {
            guard let proof = try await proof(of: id, readBack: readBack) else { continue }
            try await keep(proof)
        }
    }

    private func walkIfNotRead(_ id: LinkID, provider: any EmailProvider, readBack: ReadBack) async throws {
        guard let link = try await store.database.read({ try Links.find(id, in: $0) }), let list = link.list,
            link.problem == nil, !readBack.hasWalked(list)
        else { return }
        try await walkListIfDue(of: link, list: list, provider: provider, isFull: true, readBack: readBack)
    }

    /// Marks addresses that differ though nothing was marked for them.
    ///
    /// - Returns: whether there were any.
    private func mark(_ addresses: [Address], account: AccountID) async throws -> Bool {
        if addresses.isEmpty { return false }
        logger.warning("rows differ that nothing was marked for", metadata: ["count": "\(addresses.count)"])
        let now = clock.now
        for chunk in addresses.chunks(of: 2_000) {
            let batch = Array(chunk)
            try await store.database.write { connection in
                for address in batch {
                    for name in [crmAccount, account] {
                        try Dirty.mark(
                            address,
                            account: name,
                            lane: Lane.verification.rawValue,
                            reason: "verification",
                            at: now,
                            in: connection
                        )
                    }
                }
            }
        }
        return true
    }

    /// Reads contacts once more whose reading disagrees with what should be held: by their ids, or by another walk of
    /// the list where that costs fewer calls.
    ///
    /// - Returns: whether anything was read.
    private func readAgain(
        _ contacts: [ContactID],
        link id: LinkID,
        provider: any EmailProvider,
        readBack: ReadBack
    ) async throws -> Bool {
        let wanted = contacts.filter { readBack.mayReread($0) }
        if wanted.isEmpty { return false }
        guard let link = try await store.database.read({ try Links.find(id, in: $0) }), let list = link.list else {
            return false
        }
        let onList = try await store.database.read {
            try Contacts.onList(list, account: link.account, in: $0).count
        }
        let pages = onList / max(1, provider.capabilities.pageSize) + 1
        if wanted.count > 20 + pages, link.problem == nil {
            try await walkListIfDue(of: link, list: list, provider: provider, isFull: true, readBack: readBack)
            try await readUnsubscribed(of: link.account, isDue: true, readBack: readBack)
            return true
        }
        let rules = try await store.database.read {
            try context(accounts: [link.account], in: $0).accounts[link.account]
        }
        for contact in wanted {
            guard let rules else { break }
            let recorder = recorder(through: "verification")
            guard let read = try await provider.contact(contact) else {
                readBack.forget(contact)
                try await readContact(contact, of: link.account, provider: provider, through: "verification")
                continue
            }
            readBack.take([read], under: rules)
            let findings = try await store.database.write { connection in
                try recorder.record([read], account: link.account, in: connection)
            }
            for left in findings.left
            where try await believesDepartures(from: left.list, account: link.account) {
                try await considerDeparture(left, account: link.account, provider: provider)
            }
        }
        return true
    }

    /// Pushes what is left for an account beside the other workers, until nothing is under way or a quarter of an hour
    /// has passed: what is not at rest by then is named with its reason.
    func awaitQuiet(_ account: AccountID) async throws {
        let deadline = clock.now.advanced(bySeconds: 900)
        while clock.now < deadline {
            while try await pushProvider(account, lanes: 4...5).sent > 0 {}
            if try await store.database.read({ try isQuiet(account, in: $0) }) { return }
            try await clock.sleep(milliseconds: 200)
        }
    }
}
