import Logging
import Reconciliation
import Store

extension Engine {
    /// One run of a link: its list exists and has its name, its members are known, who left the list is noted, and
    /// what differs is pushed (design §4).
    ///
    /// - Parameters:
    ///   - isFull: whether to verify what is not due yet: the members' scan, the list's walk, the list's name.
    ///   - readBack: takes over what is read of the list, for the digests.
    package func run(_ id: LinkID, isFull: Bool, readBack: ReadBack? = nil) async throws {
        guard let link = try await store.database.read({ try Links.find(id, in: $0) }),
            let provider = providers[link.account]
        else { return }
        try await readBaseline(of: link.account)
        let isFirst = link.lastRunAt == nil
        let started = clock.now
        try await Lane.$current.withValue(.bulkLoads) {
            let isScanDue =
                link.scannedAt.map { $0.advanced(bySeconds: settings.secondsBetweenScans) <= started } ?? true
            if isScanDue || isFull || isFirst {
                try await checkCampaign(of: link)
                try await refreshStatuses(of: link.campaign)
            }
            let list = try await ensureLists(of: link, provider: provider)
            let rereading = try await wishedRereading(of: id)
            let isScanned = isScanDue || isFull || rereading != nil
            if isScanned { try await scanMembers(of: link.campaign, rereadsRecords: rereading != nil) }
            if isFull {
                try await Lane.$current.withValue(.verification) { try await checkName(of: link, list, provider) }
            }
            // Before the first load there is nothing on the list to read back.
            try await walkListIfDue(
                of: link,
                list: list,
                provider: provider,
                isFull: isFull,
                readBack: isFirst ? nil : readBack
            )
            try await walkMasterIfDue(of: link.account, provider: provider, isFull: false)
            if isFirst || isFull || rereading != nil {
                try await markMembers(of: link, takingOver: isFirst ? list : nil, at: started)
            }
            try await store.database.write { connection in
                // The time in here: whoever asked for a run did so in a transaction before this one, or will after it.
                try Links.ran(id, at: started, until: clock.now, scanned: isScanned, in: connection)
                if let rereading { try Self.endRereading(rereading, of: id, in: connection) }
            }
        }
        logger.info(
            "link run",
            metadata: [
                "campaign": "\(link.campaign)", "account": "\(link.account)", "first": "\(isFirst)",
                "full": "\(isFull)",
            ]
        )
        bells.ringAll()
    }

    /// A campaign that is deleted or can no longer be read changes nothing: somebody has to decide what that means.
    ///
    /// - Throws: `LinkProblem`.
    private func checkCampaign(of link: Link) async throws {
        let campaigns = try await crm.campaigns()
        try await store.database.write { try Campaigns.save(campaigns, in: $0) }
        let cause = HoldCause.link(.campaignGone, link.id, link.campaign.description)
        if campaigns.contains(where: { $0.id == link.campaign && !$0.isDeleted }) {
            try await forget(cause)
        } else {
            throw LinkProblem(
                text: "campaign \(link.campaign) was deleted or can no longer be read; its list is left as it is: "
                    + "restore it, give the API key's user access, or unlink it",
                cause: cause
            )
        }
    }

    func refreshStatuses(of campaign: CampaignID) async throws {
        let statuses = try await crm.statuses(of: campaign)
        try await store.database.write { try Campaigns.save(statuses: statuses, in: $0) }
    }

    /// The wish to read the link's records again, where there is one that this engine can fulfil: one that was made
    /// before a mapping was added does not ask for its attribute.
    private func wishedRereading(of link: LinkID) async throws -> Int64? {
        let wish = try await store.database.read {
            try Settings.text(SettingName.rereadsRecords(link), on: $0).flatMap(Int64.init)
        }
        return wish.flatMap { $0 <= settings.configurationVersion ? $0 : nil }
    }

    private static func endRereading(_ wish: Int64, of link: LinkID, in connection: any SQLConnection) throws {
        let name = SettingName.rereadsRecords(link)
        // A later wish stays.
        if try Settings.text(name, on: connection) == String(wish) { try Settings.set(name, to: nil, on: connection) }
    }

    /// Scans a campaign's members in whole (workbooks.md §5.4): who is not there any more is gone, though no change
    /// said so.
    ///
    /// - Parameter rereadsRecords: whether the records of all members are read, not only of those that are not known.
    func scanMembers(of campaign: CampaignID, rereadsRecords: Bool = false) async throws {
        let recorder = recorder(through: "member scan", lane: .bulkLoads)
        var seen: Set<MemberID> = []
        // While one page's records are read, the pages behind it are: they are found by key, one after the other.
        try await withThrowingTaskGroup(of: Void.self) { group in
            var underWay = 0
            var after: MemberID?
            while true {
                let page = try await crm.members(of: campaign, after: after)
                seen.formUnion(page.members.map(\.id))
                group.addTask {
                    try await take(page, of: campaign, recorder: recorder, rereadsRecords: rereadsRecords)
                }
                underWay += 1
                if underWay >= crm.capabilities.concurrency {
                    try await group.next()
                    underWay -= 1
                }
                after = page.members.last?.id ?? after
                if page.isLast { break }
            }
            try await group.waitForAll()
        }
        let present = seen
        try await store.database.write { connection in
            let known = try MemberMirrors.ids(of: campaign, in: connection)
            try recordMissing(
                known.filter { !present.contains($0) },
                of: known.count,
                campaign: campaign,
                recorder: recorder,
                in: connection
            )
        }
        try await watch(try await memberAddresses(of: campaign), lane: .bulkLoads)
    }

    /// Records one page of a campaign's members, and reads their records where they are not known.
    private func take(
        _ page: MemberPage,
        of campaign: CampaignID,
        recorder: Recorder,
        rereadsRecords: Bool
    ) async throws {
        let recorded = try await store.database.write { connection in
            try recorder.record(page.members, linked: [campaign], isConfirmed: false, in: connection)
        }
        let records = rereadsRecords ? page.members.filter { !$0.isDeleted }.compactMap(\.record) : recorded.missing
        try await readRecords(records, through: "member scan", lane: .bulkLoads)
        try await readMembers(recorded.again, through: "member scan")
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

    /// - Parameter list: the list of a link's first run: it may have been there before, with people on it who have opted
    ///   out since or whom an earlier link of Causeway's put there.
    private func markMembers(of link: Link, takingOver list: ListID?, at now: Timestamp) async throws {
        // Who is on the list without a member is decided, too: it may have been held meanwhile.
        let listed = try await store.database.read { connection in
            let there = try list.map { try Contacts.onList($0, account: link.account, in: connection) } ?? []
            return try Contacts.addresses(ours: link, in: connection)
                .union(there.map(\.address).filter { !$0.text.isEmpty })
        }
        let addresses = listed.union(try await memberAddresses(of: link.campaign)).sorted()
        let account = link.account
        let recorder = recorder(through: "link", lane: .bulkLoads)
        for chunk in addresses.chunks(of: 5_000) {
            let batch = Array(chunk)
            try await store.database.write { connection in
                var concerned = try recorder.onLedger(batch, in: connection)
                // Who left a list that is taken over may have no status for it yet.
                if list != nil {
                    concerned.formUnion(try Departures.of(batch, account: account, in: connection).keys)
                }
                for address in batch {
                    try Dirty.mark(
                        address,
                        account: account,
                        lane: Lane.bulkLoads.rawValue,
                        reason: "link",
                        at: now,
                        in: connection
                    )
                    if concerned.contains(address) {
                        try Dirty.mark(
                            address,
                            account: crmAccount,
                            lane: Lane.bulkLoads.rawValue,
                            reason: "link",
                            at: now,
                            in: connection
                        )
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
                missing.map { (IntentSubject.member($0), reason.code, reason.text) },
                address: "",
                account: account,
                at: now,
                in: connection
            )
        }
    }
}
