import Reconciliation
import Store

/// Everything that the store knows about one address, now or at a moment past, as `causeway why` tells it.
struct WhyReading: Sendable, Encodable {
    /// How an address stands; the first that applies.
    enum State: String, Sendable, Encodable {
        case optedOut = "opted-out"
        case disputed, flagged
        case inDoubt = "in-doubt"
        case undeliverable, mailable, unknown
    }

    struct Standing: Sendable, Encodable {
        var source: String
        var by: String
        /// The address of which it was said: the one that is told of, or one that is one with it.
        var address: String
    }

    struct Record: Sendable, Encodable {
        var type: String
        var id: Int64
        var name: String
        var main: Bool
        var flag: Bool
        var flagIsOurs: Bool
        var disputed: Bool
        var undeliverable: Bool
        var deleted: Bool
    }

    var address: String
    /// The moment that is told of; nil for the present.
    var at: String?
    var state: State
    var standing: [Standing]
    /// Addresses that are one with it until somebody decides.
    var twins: [WhyTwin]
    var records: [Record]
    var memberships: [WhyMembership]
    var events: [WhyEvent]
    var contacts: [WhyContact]
    var parked: [ParkedJSON]
    var holds: [HoldJSON]
    var pending: [WhyPending]
    /// What was written to either side for the address, the newest first.
    var writes: [WhyWrite]
    /// What is not known of the moment that is told of.
    var notKept: [String]

    /// Reads everything in one snapshot.
    ///
    /// - Parameters:
    ///   - typed: the address; of one that was erased, what is left is told.
    ///   - moment: a moment past; nil for the present.
    ///   - keys: what finds an address that was erased.
    static func read(
        _ typed: Address,
        at moment: Timestamp? = nil,
        keys: LedgerKeys,
        in connection: any SQLConnection
    ) throws -> WhyReading {
        let address = try ErasedAddresses.known(as: typed, keys: keys, in: connection)
        if let moment { return try read(address, calledBy: typed, past: moment, keys: keys, in: connection) }
        let rows = try Ledger.events(of: address, in: connection)
        let twins = try WhyTwin.all(of: address, in: connection)
        var standing = Self.standing(try Ledger.standing(of: address, in: connection), of: typed.text)
        for twin in twins.map({ Address(compared: $0.address) }) {
            standing += Self.standing(try Ledger.standing(of: twin, in: connection), of: twin.text)
        }
        let having = try RecordMirrors.having([address], in: connection)
        let contacts = try WhyContact.all(of: address, in: connection)
        let isUndeliverable = try !Ledger.undeliverable(among: [address], in: connection).isEmpty
        // As the decision sees it: with what is one with the address, and disputes only while they keep anybody off.
        let context = AddressViews.Context(accounts: [:], leavingStatuses: [])
        let view = try AddressViews.load([address], context: context, in: connection).first
        let live = (view?.records ?? []).filter { !$0.mirror.record.isDeleted }
        let disputed = Set(live.filter(\.isDisputed).map(\.mirror.record.id))
        let state: State =
            if view?.isOptedOut == true {
                .optedOut
            } else if !disputed.isEmpty {
                .disputed
            } else if live.contains(where: \.mirror.record.isOptedOut) {
                .flagged
            } else if view?.isInDoubt == true {
                .inDoubt
            } else if isUndeliverable {
                .undeliverable
            } else {
                rows.isEmpty && having.isEmpty && contacts.isEmpty ? .unknown : .mailable
            }
        return WhyReading(
            address: typed.text,
            at: nil,
            state: state,
            standing: standing,
            twins: twins,
            records: having.map {
                Record($0.mirror, isMain: $0.isMain, isDisputed: disputed.contains($0.mirror.record.id))
            },
            memberships: try WhyMembership.all(of: having.filter(\.isMain).map(\.mirror.record.id), in: connection),
            events: try rows.map { try WhyEvent($0, keys: keys, in: connection) },
            contacts: contacts,
            parked: try Parked.all(in: connection).filter { $0.address == address.text }.map { ParkedJSON($0) },
            holds: try HoldJSON.all(of: [address] + twins.map { Address(compared: $0.address) }, in: connection),
            pending: try WhyPending.all(of: address, in: connection),
            writes: try WhyWrite.all(of: address, until: nil, in: connection),
            notKept: []
        )
    }

    static func standing(_ standing: Reconciliation.Standing, of address: String) -> [Standing] {
        standing.sources.keys.sorted().compactMap { source in
            standing.author(at: source).map { Standing(source: source.text, by: $0.rawValue, address: address) }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case address, at, state, standing, twins, records, memberships, events, contacts, parked, holds, pending,
            writes,
            notKept
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(address, forKey: .address)
        try container.encode(at, forKey: .at)
        try container.encode(state, forKey: .state)
        try container.encode(standing, forKey: .standing)
        try container.encode(twins, forKey: .twins)
        try container.encode(records, forKey: .records)
        try container.encode(memberships, forKey: .memberships)
        try container.encode(events, forKey: .events)
        try container.encode(contacts, forKey: .contacts)
        try container.encode(parked, forKey: .parked)
        try container.encode(holds, forKey: .holds)
        try container.encode(pending, forKey: .pending)
        try container.encode(writes, forKey: .writes)
        try container.encode(notKept, forKey: .notKept)
    }
}

extension WhyReading.Record {
    init(_ mirror: RecordMirror, isMain: Bool, isDisputed: Bool) {
        let record = mirror.record
        self.init(
            type: record.id.kind.rawValue,
            id: record.id.id,
            name: "\(record.firstName) \(record.lastName)".trimmingBlanks,
            main: isMain,
            flag: record.isOptedOut,
            flagIsOurs: mirror.flagIsOurs,
            disputed: isDisputed,
            undeliverable: record.isUndeliverable,
            deleted: record.isDeleted
        )
    }
}

/// A ledger row about the address.
struct WhyEvent: Sendable, Encodable {
    /// When it happened, by the source's own clock; `null` where that is not known.
    var at: String?
    var received: String
    var kind: String
    var by: String
    var source: String
    var rule: String
    var complaint: Bool
    var reason: String?
    var through: String
    /// What proves it: the stored delivery, or what was read.
    var evidence: String
    /// The digest under which the evidence is kept.
    var evidenceDigest: String
    /// `kept`, `erased`, `never kept` for events from before evidence was kept, or `missing`.
    var evidenceState: String

    init(_ row: Ledger.Row, keys: LedgerKeys, in connection: any SQLConnection) throws {
        let kept = try KeptEvidence.find(row.evidence.digest, in: connection)
        at = row.event.occurredAt?.text
        received = row.event.receivedAt.text
        kind = row.event.kind.rawValue
        by = row.event.by.rawValue
        source = row.event.source.text
        rule = row.event.rule.rawValue
        complaint = row.event.isComplaint
        reason = row.event.reason
        through = row.event.through
        evidence = row.evidence.reference
        evidenceDigest = row.evidence.digest
        evidenceState =
            kept?.body != nil
            ? "kept" : kept.flatMap { KeptEvidence.absence(of: $0, keys: keys)?.rawValue } ?? "missing"
    }

    private enum CodingKeys: String, CodingKey {
        case at, received, kind, by, source, rule, complaint, reason, through, evidence, evidenceDigest, evidenceState
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(at, forKey: .at)
        try container.encode(received, forKey: .received)
        try container.encode(kind, forKey: .kind)
        try container.encode(by, forKey: .by)
        try container.encode(source, forKey: .source)
        try container.encode(rule, forKey: .rule)
        try container.encode(complaint, forKey: .complaint)
        try container.encode(reason, forKey: .reason)
        try container.encode(through, forKey: .through)
        try container.encode(evidence, forKey: .evidence)
        try container.encode(evidenceDigest, forKey: .evidenceDigest)
        try container.encode(evidenceState, forKey: .evidenceState)
    }
}

/// A membership that stands for the address.
struct WhyMembership: Sendable, Encodable {
    var member: Int64
    var campaign: Int64
    var reference: String?
    var name: String?
    var type: String
    var record: Int64
    var status: String?
    var statusID: Int64
    /// Whether the status keeps the member off the list.
    var leaving: Bool
    /// The accounts that the campaign is linked to.
    var accounts: [String]

    /// The memberships of records, but those that changed after a moment.
    static func all(
        of records: [RecordID],
        unchangedSince moment: Timestamp? = nil,
        in connection: any SQLConnection
    ) throws -> [WhyMembership] {
        let leaving = try AddressViews.leavingStatuses(in: connection)
        let links = try Links.all(in: connection)
        let campaigns = try Campaigns.all(in: connection)
        return try MemberMirrors.ofRecords(records, in: connection).compactMap { row in
            let member = row.member
            guard let record = member.record, moment.map({ member.updatedAt <= $0 }) ?? true else { return nil }
            let campaign = campaigns.first { $0.id == member.campaign }
            let status = try Campaigns.statuses(of: member.campaign, in: connection).first { $0.id == member.statusID }
            return WhyMembership(
                member: member.id.rawValue,
                campaign: member.campaign.rawValue,
                reference: campaign?.reference,
                name: campaign?.name,
                type: record.kind.rawValue,
                record: record.id,
                status: status?.text,
                statusID: member.statusID,
                leaving: leaving.contains(member.statusID),
                accounts: links.filter { $0.campaign == member.campaign }.map(\.account.rawValue)
            )
        }
    }

    private enum CodingKeys: String, CodingKey {
        case member, campaign, reference, name, type, record, status, leaving, accounts
        case statusID = "statusId"
    }
}

/// A contact with the address at a provider account.
struct WhyContact: Sendable, Encodable {
    var account: String
    var id: String
    var permission: String
    /// `person`, `account` or `null`.
    var optOutBy: String?
    var optOutAt: String?
    /// The lists that it is on, by name where Causeway manages them.
    var lists: [String]
    /// Those of them that Causeway put it on.
    var ours: [String]
    var deleted: Bool

    static func all(of address: Address, in connection: any SQLConnection) throws -> [WhyContact] {
        try Accounts.all(on: connection).filter { $0.role == .provider }.compactMap { account in
            guard let shadow = try Contacts.having([address], account: account.name, in: connection)[address] else {
                return nil
            }
            var names: [ListID: String] = [:]
            for link in try Links.of(account.name, in: connection) {
                if let list = link.list { names[list] = link.listName }
            }
            if let master = try Links.master(of: account.name, in: connection) {
                names[master] = "the list of everybody"
            }
            let contact = shadow.contact
            let ours = try Contacts.ours([contact.id], account: account.name, in: connection)[contact.id] ?? []
            let by: String? =
                switch contact.optOutBy {
                case .contact: "person"
                case .account: "account"
                case .unknown, .unnamed: nil
                }
            return WhyContact(
                account: account.name.rawValue,
                id: contact.id.rawValue,
                permission: contact.permission.text,
                optOutBy: by,
                optOutAt: contact.optOutAt?.text,
                lists: contact.lists.map { names[$0] ?? $0.rawValue }.sorted(),
                ours: ours.map { names[$0] ?? $0.rawValue }.sorted(),
                deleted: contact.isDeleted
            )
        }
    }
}

/// Something that is still to be done for the address.
struct WhyPending: Sendable, Encodable {
    var account: String
    /// `decide` for an address that waits to be decided; else the kind of write.
    var kind: String
    /// `waiting` for one that waits to be decided; else `open`, `running` or `confirming`.
    var state: String
    var subject: String?
    var since: String
    var lane: Int64

    static func all(of address: Address, in connection: any SQLConnection) throws -> [WhyPending] {
        let waiting = try connection.rows(
            "SELECT account, reason, since, lane FROM dirty WHERE address = \(address.text) ORDER BY account"
        ) {
            WhyPending(
                account: $0.text(0),
                kind: "decide",
                state: "waiting",
                subject: $0.text(1),
                since: Timestamp(milliseconds: $0.int(2)).text,
                lane: $0.int(3)
            )
        }
        let writes = try connection.rows(
            """
            SELECT i.account, i.kind, i.state, r.subject, i.created_at, i.lane
            FROM intent_row r JOIN intent i ON i.id = r.intent
            WHERE r.is_open = 1 AND (r.intent, r.position) IN (\(Intents.rows(about: address))) ORDER BY i.id
            """
        ) {
            WhyPending(
                account: $0.text(0),
                kind: $0.text(1),
                state: $0.text(2),
                subject: $0.text(3),
                since: Timestamp(milliseconds: $0.int(4)).text,
                lane: $0.int(5)
            )
        }
        return waiting + writes
    }
}
