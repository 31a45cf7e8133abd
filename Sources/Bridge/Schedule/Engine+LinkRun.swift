import Logging
import Reconciliation
import Store

extension Engine {
    /// One run of a link: its list exists and has its name, its members are known, who left the list is noted, and
    /// what differs is pushed (design §4).
    ///
    /// - Parameter isFull: whether to verify what is not due yet: the members' scan, the list's walk, the list's name.
    package func run(_ id: LinkID, isFull: Bool) async throws {
        guard let link = try await store.database.read({ try Links.find(id, in: $0) }),
            let provider = providers[link.account]
        else { return }
        try await readBaseline(of: link.account)
        let isFirst = link.lastRunAt == nil
        let started = clock.now
        try await Lane.$current.withValue(.bulkLoads) {
            try await refreshStatuses(of: link.campaign)
            let list = try await ensureLists(of: link, provider: provider)
            let isScanDue =
                link.scannedAt.map { $0.advanced(bySeconds: settings.secondsBetweenScans) <= started } ?? true
            if isScanDue || isFull { try await scanMembers(of: link.campaign) }
            if isFull { try await Lane.$current.withValue(.verification) { try await checkName(of: link, list, provider) } }
            try await walkListIfDue(of: link, list: list, provider: provider, isFull: isFull)
            if isFirst || isFull { try await markMembers(of: link, at: started) }
            try await store.database.write { connection in
                try Links.ran(id, at: started, scanned: isScanDue || isFull, in: connection)
            }
        }
        logger.info(
            "link run",
            metadata: [
                "campaign": "\(link.campaign)", "account": "\(link.account)", "first": "\(isFirst)", "full": "\(isFull)",
            ])
        bells.ringAll()
    }

    private func refreshStatuses(of campaign: CampaignID) async throws {
        let statuses = try await crm.statuses(of: campaign)
        try await store.database.write { try Campaigns.save(statuses: statuses, in: $0) }
    }

    /// Scans a campaign's members in whole (workbooks.md §5.4): who is not there any more is gone, though no change
    /// said so.
    func scanMembers(of campaign: CampaignID) async throws {
        let recorder = recorder(through: "member scan", lane: .bulkLoads)
        var seen: Set<MemberID> = []
        var after: MemberID?
        while true {
            let page = try await crm.members(of: campaign, after: after)
            seen.formUnion(page.members.map(\.id))
            let missing = try await store.database.write { connection in
                try recorder.record(page.members, linked: [campaign], in: connection)
            }
            try await readRecords(missing, through: "member scan", lane: .bulkLoads)
            after = page.members.last?.id ?? after
            if page.isLast { break }
        }
        let present = seen
        try await store.database.write { connection in
            let known = try MemberMirrors.ids(of: campaign, in: connection)
            try recorder.recordGone(known.filter { !present.contains($0) }, in: connection)
        }
        try await watch(try await memberAddresses(of: campaign), lane: .bulkLoads)
    }

    func memberAddresses(of campaign: CampaignID) async throws -> [Address] {
        try await store.database.read { connection in
            try connection.rows(
                """
                SELECT DISTINCT a.address FROM crm_member m
                JOIN record_address a ON a.kind = m.kind AND a.id = m.record AND a.is_main = 1
                WHERE m.campaign = \(campaign.rawValue) AND m.is_deleted = 0 ORDER BY a.address
                """
            ) { Address(compared: $0.text(0)) }
        }
    }

    private func markMembers(of link: Link, at now: Timestamp) async throws {
        let addresses = try await memberAddresses(of: link.campaign)
        let account = link.account
        let recorder = recorder(through: "link", lane: .bulkLoads)
        for chunk in addresses.chunks(of: 5_000) {
            let batch = Array(chunk)
            try await store.database.write { connection in
                let ledgered = try recorder.onLedger(batch, in: connection)
                for address in batch {
                    try Dirty.mark(
                        address, account: account, lane: Lane.bulkLoads.rawValue, reason: "link", at: now,
                        in: connection)
                    if ledgered.contains(address) {
                        try Dirty.mark(
                            address, account: crmAccount, lane: Lane.bulkLoads.rawValue, reason: "link", at: now,
                            in: connection)
                    }
                }
            }
        }
        try await parkMembersWithoutAddress(of: link, at: now)
    }

    /// Members whose record has no main address stand for nobody: they are shown, and never decided.
    private func parkMembersWithoutAddress(of link: Link, at now: Timestamp) async throws {
        let account = link.account
        try await store.database.write { connection in
            let missing = try connection.rows(
                """
                SELECT m.id FROM crm_member m JOIN crm_record r ON r.kind = m.kind AND r.id = m.record
                WHERE m.campaign = \(link.campaign.rawValue) AND m.is_deleted = 0 AND r.is_deleted = 0
                    AND trim(r.main_email) = ''
                """
            ) { MemberID($0.int(0)) }
            let reason = ParkReason.address(.missing)
            try Parked.replace(
                missing.map { (IntentSubject.member($0), reason.code, reason.text) }, address: "", account: account,
                at: now, in: connection)
        }
    }
}
