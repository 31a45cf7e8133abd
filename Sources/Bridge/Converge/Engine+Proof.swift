import Logging
import Reconciliation
import Store

extension Engine {
    /// The digests of a link as the store has them now: what should be at the provider, and what it is known to hold.
    ///
    /// - Returns: nil for a link that is not there, or has no list yet.
    package func digests(of id: LinkID) async throws -> LinkProof? {
        try await proof(of: id, readBack: nil)
    }

    /// Makes the digests of a link in one snapshot; nothing is written.
    func proof(of id: LinkID, readBack: ReadBack?) async throws -> LinkProof? {
        let started = clock.now
        let made = try await store.database.read { connection -> (prover: LinkProver, basis: String)? in
            guard let link = try Links.find(id, in: connection), let list = link.list else { return nil }
            let context = try context(accounts: [link.account], in: connection)
            guard let view = context.accounts[link.account]?.links.first(where: { $0.id == id }) else { return nil }
            // Of a list that could not be walked nothing was read back.
            let wasWalked = readBack?.hasWalked(list) == true
            var prover = try LinkProver(
                link: link,
                view: view,
                crmAccount: crmAccount,
                readBack: wasWalked ? readBack : nil,
                at: started,
                in: connection
            )
            let addresses = try LinkProver.addresses(of: link, in: connection)
            for chunk in addresses.chunks(of: 2_000) {
                try prover.add(AddressViews.load(Array(chunk), context: context, in: connection), in: connection)
            }
            return (prover, try LinkDigests.basis(of: link, in: connection))
        }
        return made.map {
            $0.prover.proof(basis: $0.basis, tookMilliseconds: clock.now.milliseconds - started.milliseconds)
        }
    }

    /// Makes the digests of links anew and keeps them.
    ///
    /// - Parameters:
    ///   - account: only the links of this account; nil for all.
    ///   - campaign: only the links of this campaign; nil for all.
    ///   - scope: which of them.
    package func refreshDigests(
        of account: AccountID? = nil,
        campaign: CampaignID? = nil,
        _ scope: DigestScope = .due
    ) async throws {
        let links = try await store.database.read { try Links.all(in: $0) }.filter { link in
            (account == nil || link.account == account) && (campaign == nil || link.campaign == campaign)
                && providers[link.account] != nil
        }
        for link in links {
            switch scope {
            case .all: break
            case .outOfDate: guard try await isDigestOutOfDate(of: link) else { continue }
            case .due: guard try await isDigestDue(of: link) else { continue }
            }
            guard let proof = try await proof(of: link.id, readBack: nil) else { continue }
            try await keep(proof)
        }
    }

    func keep(_ proof: LinkProof) async throws {
        try await store.database.write { connection in
            // A link that has ended meanwhile leaves nothing behind.
            guard try Links.find(proof.row.link, in: connection) != nil else { return }
            try LinkDigests.save(proof.row, differences: proof.differences, in: connection)
        }
        guard proof.row.unexplained > 0 else { return }
        logger.warning(
            "rows differ without a reason",
            metadata: ["link": "\(proof.row.link)", "count": "\(proof.row.unexplained)"]
        )
    }

    /// Whether something has happened since a link's digests were made.
    private func isDigestOutOfDate(of link: Link) async throws -> Bool {
        try await store.database.read { connection in
            // The link as it is now: runs move it.
            guard let link = try Links.find(link.id, in: connection), link.list != nil else { return false }
            return try LinkDigests.find(link.id, in: connection)?.basis != LinkDigests.basis(of: link, in: connection)
        }
    }

    /// Whether something has happened since a link's digests were made, and everything for its account is at rest.
    ///
    /// A link that never rests has its digests made once for each run all the same. Making them takes at most a
    /// twentieth of the time.
    private func isDigestDue(of link: Link) async throws -> Bool {
        let now = clock.now
        return try await store.database.read { connection in
            guard link.list != nil, let known = try LinkDigests.find(link.id, in: connection) else {
                return link.list != nil
            }
            if try known.basis == LinkDigests.basis(of: link, in: connection) { return false }
            if known.asOf.milliseconds + 20 * known.tookMilliseconds > now.milliseconds { return false }
            if try isQuiet(link.account, in: connection) { return true }
            return known.asOf.milliseconds + link.intervalMilliseconds <= now.milliseconds
        }
    }

    /// What holds at an account, for what is read back there; nil where nothing is kept.
    func rulesForReadingBack(_ readBack: ReadBack?, account: AccountID) async throws -> AccountRules? {
        guard readBack != nil else { return nil }
        return try await store.database.read { try context(accounts: [account], in: $0).accounts[account] }
    }

    /// Whether nothing can be decided now for an account or the CRM, and nothing is under way there.
    func isQuiet(_ account: AccountID, in connection: any SQLConnection) throws -> Bool {
        let now = clock.now
        for name in [crmAccount, account] {
            let waits = try connection.value(
                """
                SELECT 1 FROM dirty WHERE account = \(name.rawValue) AND not_before <= \(now.milliseconds) LIMIT 1
                """
            )
            if waits != nil { return false }
            let states: [Intent.State] = [.open, .running, .confirming]
            if try !Intents.underWay(account: name, states: states, in: connection).isEmpty { return false }
        }
        return true
    }
}
