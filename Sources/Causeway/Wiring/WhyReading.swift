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
            memberships: try WhyMembership.all(
                try MemberMirrors.ofRecords(having.filter(\.isMain).map(\.mirror.record.id), in: connection).map(
                    \.member
                ),
                in: connection
            ),
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
