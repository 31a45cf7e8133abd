import Logging
import Reconciliation
import Store

/// Records observations inside a transaction: asks the core what each means, appends to the ledger, keeps mirrors and
/// shadows, and marks what may differ as dirty.
///
/// It decides nothing itself.
struct Recorder: Sendable {
    let crmAccount: AccountID
    let providers: [AccountID]
    let settings: EngineSettings
    let decisions: Decisions
    let now: Timestamp
    /// How the observations came, such as `record delta`.
    let through: String
    /// Set where the observations are a provider account's first reading of everybody.
    let baseline: Baseline?
    /// Whether the account was not read for a while before: who is found deleted may have opted out first.
    let isAfterGap: Bool
    /// The lane of changes that are about nobody's opting out.
    let lane: Lane
    /// What the ledger's chain is made with.
    let keys: LedgerKeys
    let logger: Logger
    /// The accounts whose provider sends a confirmation mail of its own when asked.
    var confirming: Set<AccountID> = []
    /// How the providers of the accounts treat consent and membership.
    var traits: [AccountID: ProviderTraits] = [:]

    /// Marks an address for the provider accounts, and for the CRM where the ledger knows it: only then can there be
    /// something to write there.
    func mark(
        _ address: Address,
        lane: Lane,
        reason: String,
        isOnLedger: Bool,
        in connection: any SQLConnection
    ) throws {
        if isOnLedger {
            try markEverywhere(address, lane: lane, reason: reason, in: connection)
        } else {
            try markProviders(address, lane: lane, reason: reason, in: connection)
        }
    }

    /// Those of the addresses that have an event on the ledger, or are one with another address (C11), whose events count
    /// for them.
    func onLedger(_ addresses: some Sequence<Address>, in connection: any SQLConnection) throws -> Set<Address> {
        var found: Set<Address> = []
        for chunk in Array(addresses).chunks(of: 500) {
            let texts = chunk.map(\.text)
            try connection.forEach("SELECT DISTINCT address FROM consent_event WHERE address IN \(list: texts)") {
                found.insert(Address(compared: $0.text(0)))
            }
        }
        for moved in try MovedContacts.undecided(of: Array(addresses), in: connection) {
            found.formUnion([moved.old, moved.new])
        }
        return found
    }

    /// Marks an address for the CRM and every provider account.
    func markEverywhere(
        _ address: Address,
        lane: Lane,
        reason: String,
        in connection: any SQLConnection
    ) throws {
        for account in [crmAccount] + providers {
            try Dirty.mark(
                address,
                account: account,
                lane: lane.rawValue,
                reason: reason,
                at: now,
                in: connection
            )
        }
    }

    /// Marks an address for the provider accounts.
    func markProviders(
        _ address: Address,
        lane: Lane,
        reason: String,
        in connection: any SQLConnection
    ) throws {
        for account in providers {
            try Dirty.mark(
                address,
                account: account,
                lane: lane.rawValue,
                reason: reason,
                at: now,
                in: connection
            )
        }
    }

    /// Appends events to the ledger and marks their addresses; a repeated event changes nothing.
    func append(
        _ events: [ConsentEvent],
        evidence: Ledger.Evidence,
        in connection: any SQLConnection
    ) throws {
        for event in decisions.events(events) {
            guard try Ledger.append(event, evidence: evidence, keys: keys, in: connection) != nil else { continue }
            try Parked.forgetRefusals(of: event.address, in: connection)
            let lane: Lane = event.kind == .optOut || event.kind == .undeliverable ? .optOuts : .singleChanges
            try markEverywhere(event.address, lane: lane, reason: event.rule.rawValue, in: connection)
            try markNeighbours(of: event.address, lane: lane, reason: event.rule.rawValue, in: connection)
            if event.kind == .optOut {
                try endReported(by: event, in: connection)
                try reachFormerRecords(of: event, evidence: evidence, in: connection)
            }
            try reachTwins(of: event, lane: lane, evidence: evidence, in: connection)
        }
    }

    /// What an event means for a record can show at the record's other addresses, too: a flagged record keeps all of
    /// its addresses off every list.
    func markNeighbours(
        of address: Address,
        lane: Lane,
        reason: String,
        in connection: any SQLConnection
    ) throws {
        for row in try RecordMirrors.having([address], in: connection) {
            for neighbour in row.mirror.record.addresses where neighbour != address {
                try markEverywhere(neighbour, lane: lane, reason: reason, in: connection)
            }
        }
    }

    /// While nobody has decided on an address that was changed at a provider (C11), an opt-out of either is one of both;
    /// and what follows from one may end for both when it is lifted.
    private func reachTwins(
        of event: ConsentEvent,
        lane: Lane,
        evidence: Ledger.Evidence,
        in connection: any SQLConnection
    ) throws {
        for address in try MovedContacts.twins(of: [event.address], in: connection) {
            var twin = event
            twin.address = address
            twin.through = ConsentEvent.throughChangedAddress
            if event.kind == .optOut {
                try append([twin], evidence: evidence, in: connection)
            } else {
                try markEverywhere(twin.address, lane: lane, reason: event.rule.rawValue, in: connection)
            }
        }
    }

    /// An opt-out reaches also the records that had the address as their main one when it occurred, or in the 30 days
    /// before it arrived (design §3): their present main address takes it over, author and source included.
    private func reachFormerRecords(
        of event: ConsentEvent,
        evidence: Ledger.Evidence,
        in connection: any SQLConnection
    ) throws {
        let monthAgo = event.receivedAt.advanced(bySeconds: -30 * 86_400)
        let since = event.occurredAt.map { min($0, monthAgo) } ?? monthAgo
        let former = try RecordMirrors.formerly(having: event.address, since: since, in: connection)
        let mirrors = try RecordMirrors.load(former, in: connection)
        for mirror in mirrors.values where !mirror.record.isDeleted {
            guard let main = mirror.record.mainAddress, main != event.address else { continue }
            var moved = event
            moved.address = main
            moved.through = ConsentEvent.throughFormerAddress
            try append([moved], evidence: evidence, in: connection)
        }
    }
}
