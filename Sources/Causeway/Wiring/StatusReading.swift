import Bridge
import Reconciliation
import Store
import Webhooks

/// What `status`, `/health` and the demo say about the present: read from the store alone.
struct StatusReading: Sendable {
    struct AccountStatus: Sendable, Encodable {
        struct Budget: Sendable, Encodable {
            var used: Int64
            var limit: Int64?
        }

        var name: String
        var kind: String
        var state: String
        var reason: String?
        var lastContact: String?
        var staleSeconds: Int64?
        var budget: Budget?
        var echoes: Int64
        var coverage: CoverageStatus?
        var webhooks: [HookStatus]

        fileprivate var isStale = false
        fileprivate var role = AccountRole.crm
        fileprivate var lastContactAt: Timestamp?

        private enum CodingKeys: String, CodingKey {
            case name, kind, state, reason, lastContact, staleSeconds, budget, echoes, coverage, webhooks
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(kind, forKey: .kind)
            try container.encode(state, forKey: .state)
            try container.encode(reason, forKey: .reason)
            try container.encode(lastContact, forKey: .lastContact)
            try container.encode(staleSeconds, forKey: .staleSeconds)
            try container.encode(budget, forKey: .budget)
            try container.encode(echoes, forKey: .echoes)
            try container.encode(coverage, forKey: .coverage)
            try container.encode(webhooks, forKey: .webhooks)
        }
    }

    struct LinkStatus: Sendable, Encodable {
        /// What the last verification pass read back from the provider.
        struct Verified: Sendable, Encodable {
            var at: String
            var digest: String
            var count: Int
            /// Whether the provider held what it should at that time.
            var isEqual: Bool
        }

        /// An address that differs, and why.
        struct Difference: Sendable, Encodable {
            var address: String
            var reason: String
            var text: String
        }

        var campaign: Int64
        var reference: String?
        var account: String
        var list: String?
        var listName: String
        var members: Int64
        var onList: Int64
        var strangers: Int64
        var optedOut: Int64
        var parked: Int64
        var held: Int64
        /// Whether both sides agreed when the digests were made, and nothing has been marked since: no write, event or
        /// run after them, nothing to decide and nothing without its answer, for the provider account or for the CRM,
        /// of any address on the link or on its list.
        var inSync: Bool
        /// The digest of what should be at the provider; the rows are as many as `count`.
        var digest: String?
        var count: Int?
        /// The digest of what the provider is known to hold.
        var shadowDigest: String?
        var asOf: String?
        var verified: Verified?
        /// How many addresses differed; the first of them stand in `differences`, strangers after them.
        var differing: Int?
        var differences: [Difference]
        var problem: String?
        /// Addresses on the link or on its list that wait to be decided, for the provider account or for the CRM.
        var waiting: Int64
        /// Addresses for which a write to either account has no answer yet.
        var underWay: Int64
        /// Whether the store has seen nothing since the digests that could have changed them.
        var isCurrent: Bool

        private enum CodingKeys: String, CodingKey {
            case campaign, reference, account, list, listName, members, onList, strangers, optedOut, parked, held,
                inSync, digest, count, shadowDigest, asOf, verified, differing, differences, problem, waiting, underWay,
                isCurrent
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(campaign, forKey: .campaign)
            try container.encode(reference, forKey: .reference)
            try container.encode(account, forKey: .account)
            try container.encode(list, forKey: .list)
            try container.encode(listName, forKey: .listName)
            try container.encode(members, forKey: .members)
            try container.encode(onList, forKey: .onList)
            try container.encode(strangers, forKey: .strangers)
            try container.encode(optedOut, forKey: .optedOut)
            try container.encode(parked, forKey: .parked)
            try container.encode(held, forKey: .held)
            try container.encode(inSync, forKey: .inSync)
            try container.encode(digest, forKey: .digest)
            try container.encode(count, forKey: .count)
            try container.encode(shadowDigest, forKey: .shadowDigest)
            try container.encode(asOf, forKey: .asOf)
            try container.encode(verified, forKey: .verified)
            try container.encode(differing, forKey: .differing)
            try container.encode(differences, forKey: .differences)
            try container.encode(problem, forKey: .problem)
            try container.encode(waiting, forKey: .waiting)
            try container.encode(underWay, forKey: .underWay)
            try container.encode(isCurrent, forKey: .isCurrent)
        }
    }

    struct InboxStatus: Sendable, Encodable {
        var waiting: Int
        var dead: Int
    }

    /// Whether anybody is added to a list now, and which accounts have to be read first.
    struct Additions: Sendable, Encodable {
        /// An account that was not read for too long.
        struct Awaited: Sendable, Encodable {
            var account: String
            /// Since when.
            var since: String
        }

        var keptBack: Bool
        var accounts: [Awaited]
    }

    struct Document: Sendable, Encodable {
        var accounts: [AccountStatus]
        var links: [LinkStatus]
        var inbox: InboxStatus
        var optOuts: OptOutSummary
        var additions: Additions
        var dirty: Int64
        var underWay: Int64
    }

    /// Reads everything in one snapshot.
    ///
    /// - Parameter additionsSeconds: `gap.additionsSeconds`.
    static func read(
        in connection: any SQLConnection,
        at now: Timestamp,
        additionsSeconds: Int64 = EngineSettings().secondsUntilAdditionsWait
    ) throws -> Document {
        let accounts = try Accounts.all(on: connection).map { try status(of: $0, in: connection, at: now) }
        let campaigns = Dictionary(
            uniqueKeysWithValues: try Campaigns.all(in: connection).map { ($0.id, $0.reference) }
        )
        let links = try Links.all(in: connection).map {
            try status(of: $0, reference: campaigns[$0.campaign], in: connection)
        }
        let inbox = try Inbox.counts(on: connection)
        let awaited = try Coverage.awaitedReadings(at: now, patienceSeconds: additionsSeconds, in: connection).map {
            Additions.Awaited(account: $0.account.rawValue, since: $0.since.text)
        }
        return Document(
            accounts: accounts,
            links: links,
            inbox: InboxStatus(waiting: inbox.waiting, dead: inbox.dead),
            optOuts: try OptOutSummary.read(
                since: now.advanced(bySeconds: -OptOutSummary.secondsShown),
                at: now,
                in: connection
            ),
            additions: Additions(keptBack: !awaited.isEmpty, accounts: awaited),
            dirty: try Dirty.counts(account: nil, in: connection).all,
            underWay: try connection.value(
                "SELECT count(*) FROM intent WHERE state IN ('open', 'running', 'confirming')"
            ) ?? 0
        )
    }

    private static func status(
        of account: Account,
        in connection: any SQLConnection,
        at now: Timestamp
    ) throws -> AccountStatus {
        var budget: AccountStatus.Budget?
        if account.kind == ConstantContactAccountSettings.kind {
            let settings = try AccountSettingsText.decode(
                ConstantContactAccountSettings.self,
                from: account.settings
            )
            let used = try connection.value(
                """
                SELECT sum(used) FROM budget
                WHERE key = \("constant-contact:\(settings.clientID)") AND day = \(BudgetDay(of: now).number)
                """
            )
            budget = AccountStatus.Budget(used: used ?? 0, limit: Int64(settings.dailyLimit ?? 10_000))
        }
        let stale = account.lastContact.map { max(0, (now.milliseconds - $0.milliseconds) / 1000) }
        var status = AccountStatus(
            name: account.name.rawValue,
            kind: account.kind,
            state: account.state.rawValue,
            reason: account.stateReason,
            lastContact: account.lastContact?.text,
            staleSeconds: stale,
            budget: budget,
            echoes: try Echoes.of(account.name, in: connection),
            coverage: try coverage(of: account, in: connection, at: now),
            webhooks: try HookStatus.all(of: account.name, in: connection)
        )
        let since = account.lastContact ?? account.createdAt
        // Three missed intervals (design §8); one pass may take some seconds, however short the interval.
        let patience = max(3 * account.pollIntervalMilliseconds, 10_000)
        status.isStale = now.milliseconds - since.milliseconds > patience
        status.role = account.role
        status.lastContactAt = account.lastContact
        return status
    }

    private static func status(
        of link: Link,
        reference: String?,
        in connection: any SQLConnection
    ) throws -> LinkStatus {
        let campaign = link.campaign.rawValue
        let account = link.account.rawValue
        let list = link.list?.rawValue ?? ""
        let members =
            try connection.value("SELECT count(*) FROM crm_member WHERE campaign = \(campaign) AND is_deleted = 0") ?? 0
        let (ours, strangers) =
            try connection.first(
                """
                SELECT count(CASE WHEN is_ours = 1 THEN 1 END), count(CASE WHEN is_ours = 0 THEN 1 END)
                FROM contact_list WHERE account = \(account) AND list = \(list)
                """
            ) { ($0.int(0), $0.int(1)) } ?? (0, 0)
        let addresses: SQL = """
            SELECT DISTINCT a.address FROM crm_member m
            JOIN record_address a ON a.kind = m.kind AND a.id = m.record AND a.is_main = 1
            WHERE m.campaign = \(campaign) AND m.is_deleted = 0
            """
        let optedOut =
            try connection.value(
                """
                SELECT count(*) FROM (SELECT DISTINCT address FROM standing_opt_out
                WHERE address IN (\(addresses)))
                """
            ) ?? 0
        let parked =
            try connection.value(
                """
                SELECT count(*) FROM parked p WHERE p.account = \(account) AND CASE
                    WHEN p.subject LIKE 'member %' THEN EXISTS (SELECT 1 FROM crm_member m
                        WHERE m.id = CAST(substr(p.subject, 8) AS INTEGER) AND m.campaign = \(campaign)
                            AND m.is_deleted = 0)
                    ELSE p.address IN (\(addresses)) END
                """
            ) ?? 0
        // Holds of the link itself, and of its members' addresses: each hold once. What keeps an address off every list is
        // held here, too, at whichever account it was raised.
        let held =
            try connection.value(
                """
                SELECT count(DISTINCT hold) FROM (
                    SELECT id AS hold FROM hold WHERE state = 'open' AND link = \(link.id.rawValue)
                    UNION
                    SELECT hold FROM hold_row WHERE state = 'open' AND address <> '' AND address IN (\(addresses))
                        AND (account = \(account) OR keeps_off = 1 OR account NOT IN (SELECT account FROM link))
                )
                """
            ) ?? 0
        let rest = try LinkRest.read(of: link, in: connection)
        let digests = rest.digests
        let differences = digests == nil ? [] : try LinkDigests.differences(of: link.id, in: connection)
        return LinkStatus(
            campaign: campaign,
            reference: reference,
            account: account,
            list: link.list?.rawValue,
            listName: link.listName,
            members: members,
            onList: ours,
            strangers: strangers,
            optedOut: optedOut,
            parked: parked,
            held: held,
            inSync: rest.isInSync && link.lastRunAt != nil && link.problem == nil,
            digest: digests?.crm.text,
            count: digests?.crm.count,
            shadowDigest: digests?.shadow.text,
            asOf: digests?.asOf.text,
            verified: digests?.verified.map {
                LinkStatus.Verified(
                    at: $0.at.text,
                    digest: $0.provider.text,
                    count: $0.provider.count,
                    isEqual: $0.isEqual
                )
            },
            differing: digests?.differing,
            differences: differences.map {
                LinkStatus.Difference(address: $0.address.text, reason: $0.code, text: $0.text)
            },
            problem: link.problem,
            waiting: rest.waiting,
            underWay: rest.underWay,
            isCurrent: rest.isCurrent
        )
    }

    /// The health of the whole (design §6): stale after three missed intervals.
    static func health(in connection: any SQLConnection, at now: Timestamp) throws -> HealthReport {
        let accounts = try Accounts.all(on: connection).map { try status(of: $0, in: connection, at: now) }
        let inbox = try Inbox.counts(on: connection)
        let (open, oldest) = try OpenOptOuts.read(in: connection)
        // An opt-out that comes near a term wants somebody to look, however well everything else goes.
        let isLate = try OptOutClocks.openCounts(at: now, in: connection).late > 0
        var worst: HealthReport.Status = isLate ? .degraded : .ok
        let reported = accounts.map { account -> HealthReport.Account in
            var status = HealthReport.Status.ok
            if account.isStale || account.state == AccountState.needsAuthorisation.rawValue {
                status = .failing
            } else if account.state != AccountState.active.rawValue {
                status = .degraded
            }
            if status == .failing { worst = .failing } else if status == .degraded, worst == .ok { worst = .degraded }
            return HealthReport.Account(
                name: AccountID(account.name),
                status: status,
                lastContact: account.lastContactAt,
                staleSeconds: account.staleSeconds
            )
        }
        return HealthReport(
            status: worst,
            accounts: reported,
            inbox: HealthReport.Inbox(waiting: inbox.waiting, dead: inbox.dead),
            optOuts: HealthReport.OptOuts(
                open: Int(open),
                oldestSeconds: oldest.map { max(0, (now.milliseconds - $0.milliseconds) / 1000) }
            )
        )
    }
}
