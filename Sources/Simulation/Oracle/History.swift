import Bridge
import Reconciliation
import Store
import Synchronization

/// What has really happened in a world, and what was seen of it in the file: the oracle's memory.
///
/// It asks none of the engine's rules. What stands is worked out here from the rows of the ledger and held against the
/// acts that can explain them.
///
/// `@unchecked Sendable`: only the task that lives the world touches it, inside its calls.
package final class History: CommitWatcher, @unchecked Sendable {
    struct Place: Hashable {
        var source: ConsentSource
        var address: Address
    }

    /// What a source has said of an address, at its latest, on the ledger.
    struct Said {
        var optOut: Int64?
        var optIn: Int64?
        var stands: Bool { optOut.map { $0 >= optIn ?? Int64.min } ?? false }
    }

    /// The clearing of a record's flag together with many.
    struct BulkClearing {
        var at: Timestamp
        var stood: [Address]
    }

    private let crm: SimulatedCRM
    private let providers: [AccountID: SimulatedProvider]
    private(set) var wrongs: [String] = []

    // What happened.
    private(set) var optOuts: Set<Place> = []
    private(set) var returns: [Place: [Int64]] = [:]
    /// Opt-outs that somebody was told are safe, at the latest place.
    private(set) var promised: [Place: Int64] = [:]
    private(set) var departures: Set<String> = []
    /// Addresses of which somebody was told that it is known that mail to them bounces.
    private(set) var bounced: Set<Address> = []
    /// Opt-outs that stood at a provider before Causeway came.
    var early: Set<Place> = []
    var restored: Set<RecordID> = []
    /// Records whose flags were cleared last together with many: when, and where their own opt-outs stood then.
    var bulkCleared: [RecordID: BulkClearing] = [:]
    /// Addresses that a provider refused at some time: they wait for a change.
    var refused: Set<Address> = []
    private var kin: [Address: Set<Address>] = [:]
    private var moved: [Address: Set<Address>] = [:]

    // What the file has.
    private(set) var ledger: [Place: Said] = [:]
    private(set) var undeliverable: Set<Address> = []
    private(set) var everUndeliverable: Set<Address> = []
    /// The ledger's row of each address's latest opt-out.
    private(set) var latestOptOut: [Address: Int64] = [:]
    private(set) var ledgerRows: Int64 = 0
    private var lastEvent: Int64 = 0
    private var lastIntent: Int64 = 0
    private var inFlight: Set<String> = []

    init(crm: SimulatedCRM, providers: [AccountID: SimulatedProvider]) {
        self.crm = crm
        self.providers = providers
    }

    func wrong(_ what: String) { if wrongs.count < 12, !wrongs.contains(what) { wrongs.append(what) } }

    // MARK: What happened

    /// Addresses that are or were one record's: an opt-out of one can reach the others.
    func has(_ record: RecordID, _ addresses: [Address]) {
        let all = addresses.reduce(into: Set(addresses)) { $0.formUnion(kin[$1] ?? []) }
        for address in all { kin[address, default: []].formUnion(all) }
    }

    /// The address, and those that are or were one record's with it.
    func kin(of address: Address) -> Set<Address> { (kin[address] ?? []).union([address]) }

    /// A contact's address was changed at its provider: until somebody decides, the two are one (C11).
    func moved(_ old: Address, to new: Address) {
        let all = kin(of: old).union(kin(of: new))
        for address in all { kin[address, default: []].formUnion(all) }
        for address in all { moved[address, default: []].formUnion(all) }
    }

    /// The address, and those that a contact has had in its place.
    func twins(of address: Address) -> Set<Address> { (moved[address] ?? []).union([address]) }

    func optedOut(_ address: Address, at account: AccountID, on moment: Timestamp?) {
        optOuts.insert(Place(source: .account(account), address: address))
    }

    func returned(_ address: Address, at account: AccountID, on moment: Timestamp) {
        returns[Place(source: .account(account), address: address), default: []].append(moment.milliseconds)
    }

    func left(_ address: Address, list: ListID, at account: AccountID) {
        departures.insert("\(account) \(list) \(address.text)")
    }

    func hasLeft(_ address: Address, list: ListID, at account: AccountID) -> Bool {
        departures.contains("\(account) \(list) \(address.text)")
    }

    func hasLeftAnything(_ address: Address) -> Bool { departures.contains { $0.hasSuffix(" \(address.text)") } }

    /// A delivery may be on disk: what it says can explain what is found there.
    func said(_ observation: Observation) {
        guard case .optOutReported(let report) = observation else { return }
        optOuts.insert(Place(source: .account(report.account), address: report.address))
    }

    /// A delivery was acknowledged: what it says is never lost.
    func acknowledged(_ observation: Observation) {
        switch observation {
        case .optOutReported(let report):
            promise(
                Place(source: .account(report.account), address: report.address),
                at: report.occurredAt?.milliseconds ?? Int64.max
            )
        case .bounceReported(let report): bounced.insert(report.address)
        case .contactRead, .recordRead, .memberRead, .changeHinted: break
        }
    }

    func promise(_ place: Place, at position: Int64) {
        promised[place] = max(promised[place] ?? Int64.min, position)
    }

    // MARK: What stands

    func said(_ source: ConsentSource, _ address: Address) -> Said? {
        ledger[Place(source: source, address: address)]
    }

    /// The sources whose opt-outs stand on an address, by the ledger's rows.
    func sources(of address: Address) -> [ConsentSource] {
        ledger.filter { $0.key.address == address && $0.value.stands }.map(\.key.source).sorted()
    }

    /// The addresses on which an opt-out of a source stands, by the ledger's rows.
    func addresses(optedOutBy source: ConsentSource) -> [Address] {
        ledger.filter { $0.key.source == source && $0.value.stands }.map(\.key.address).sorted()
    }

    func isOptedOut(_ address: Address) -> Bool {
        ledger.contains { $0.key.address == address && $0.value.stands }
    }

    // MARK: What the file has

    package func isOfInterest(_ sql: String) -> Bool {
        sql.hasPrefix("INSERT INTO consent_event") || sql.hasPrefix("INSERT INTO intent ")
    }

    package func committed(_ connection: any SQLConnection) throws {
        // Consent was checked against what was committed before: the marks are looked at first.
        try connection.forEach(
            """
            SELECT i.id, i.account, i.kind, r.address FROM intent i JOIN intent_row r ON r.intent = i.id
            WHERE i.id > \(lastIntent) AND i.kind IN ('upsert', 'resubscribe', 'change-address')
            """
        ) { row in
            let address = Address(compared: row.text(3))
            inFlight.insert("\(row.text(1)) \(address.text)")
            let standing = sources(of: address)
            if !standing.isEmpty {
                wrong("\(row.text(2)) of \(address.text) at \(row.text(1)) was marked after its opt-out by \(standing)")
            }
        }
        try connection.forEach(
            """
            SELECT i.account, r.address FROM intent i JOIN intent_row r ON r.intent = i.id
            WHERE r.is_open = 1 AND i.kind IN ('upsert', 'remove') AND r.address IN
                (SELECT address FROM intent_row n WHERE n.intent > \(lastIntent))
            GROUP BY i.account, r.address HAVING count(DISTINCT i.kind) > 1
            """
        ) { row in wrong("an add and a removal of \(row.text(1)) are under way together at \(row.text(0))") }
        lastIntent = try connection.value("SELECT max(id) FROM intent") ?? 0
        try connection.forEach(
            """
            SELECT sequence, address, kind, source, position, rule FROM consent_event
            WHERE sequence > \(lastEvent) ORDER BY sequence
            """
        ) { row in
            lastEvent = row.int(0)
            ledgerRows += 1
            let address = Address(compared: row.text(1))
            guard let source = ConsentSource(text: row.text(3)) else { return }
            take(row.text(2), Place(source: source, address: address), row.optionalInt(4), row.text(5))
        }
    }

    private func take(_ kind: String, _ place: Place, _ position: Int64?, _ rule: String) {
        switch kind {
        case "opt-out":
            if !isExplained(place, at: position) {
                wrong("\(rule): nobody opted \(place.address.text) out at \(place.source.text)")
            }
            let at = position ?? Int64.max
            latestOptOut[place.address] = lastEvent
            ledger[place, default: Said()].optOut = max(ledger[place]?.optOut ?? Int64.min, at)
            if case .account = place.source { promise(place, at: at) }
        case "opt-in":
            if !isLifted(place, at: position) {
                wrong("\(rule): nobody brought \(place.address.text) back at \(place.source.text)")
            }
            if let position { ledger[place, default: Said()].optIn = max(ledger[place]?.optIn ?? Int64.min, position) }
        case "undeliverable":
            undeliverable.insert(place.address)
            everUndeliverable.insert(place.address)
        case "deliverable": undeliverable.remove(place.address)
        default: wrong("an event of kind \(kind)")
        }
    }

    private func isExplained(_ place: Place, at position: Int64?) -> Bool {
        switch place.source {
        // Nobody in this world has addresses erased.
        case .erasure: return false
        case .account(let account):
            let isTold = optOuts.contains { said in
                said.source == place.source
                    && (said.address == place.address || kin[place.address]?.contains(said.address) == true)
            }
            return isTold || mayBeOwnUnsubscribe(of: place.address, at: account)
        case .record(let id):
            let changes = crm.state.withLock { $0.flagChanges[id] ?? [] }
            // Causeway's own flag on which somebody has written since, before its answer came, cannot be told from an
            // operator's: then it counts as one.
            return changes.contains { change in
                change.isSet && (change.user != SimulatedCRM.ownUser || change.lockVersion < position ?? 0)
            }
        }
    }

    /// Where a provider names nobody, an unsubscribe of Causeway's whose answer was lost may be the person's as well.
    private func mayBeOwnUnsubscribe(of address: Address, at account: AccountID) -> Bool {
        guard let provider = providers[account], provider.shape == .namesNobody else { return false }
        // It comes along to whatever is or was one record's or one contact's with it.
        let kin = kin(of: address)
        return provider.state.withLock { !$0.everUnsubscribed.isDisjoint(with: kin) }
    }

    private func isLifted(_ place: Place, at position: Int64?) -> Bool {
        guard let position else { return false }
        switch place.source {
        case .erasure: return false
        case .account(let account):
            // Where a contact's last change is all that shows, a return is read at the latest of them.
            let isStamped = providers[account]?.shape != .namesNobody
            return twins(of: place.address).contains { address in
                returns[Place(source: place.source, address: address)]?
                    .contains { isStamped ? $0 == position : $0 <= position } ?? false
            }
        case .record(let id):
            if restored.contains(id) { return true }
            let last = crm.state.withLock { state in
                (state.flagChanges[id] ?? []).last { $0.lockVersion <= position && $0.user != SimulatedCRM.ownUser }
            }
            return last.map { !$0.isSet && $0.user == SimulatedCRM.operatorUser } ?? false
        }
    }

    // MARK: Calls

    /// A call is about to give a contact another address: by its record's, which is marked at both of them, or back to the
    /// one that somebody changed (C11).
    func changing(_ email: String, to other: String, at account: AccountID) {
        guard let old = Address(typed: email), let new = Address(typed: other), !twins(of: old).contains(new) else {
            return
        }
        for address in [old, new] {
            if !inFlight.contains("\(account) \(address.text)") {
                wrong("a call changes \(old.text) to \(new.text) at \(account) without a mark of \(address.text)")
            }
            for place in early where place.address == address && ledger[place] == nil {
                wrong("a call changes \(old.text) to \(new.text) before an opt-out at \(place.source.text) was read")
            }
        }
    }

    /// A call is about to carry an address to a list.
    func adding(_ email: String, at account: AccountID) {
        guard let address = Address(typed: email) else { return }
        // A contact can get another address between the decision and the call.
        if !twins(of: address).contains(where: { inFlight.contains("\(account) \($0.text)") }) {
            wrong("a call carries \(address.text) to a list at \(account) without a mark")
        }
        for place in early where place.address == address && ledger[place] == nil {
            wrong("a call carries \(address.text) to a list before its opt-out at \(place.source.text) was read")
        }
    }
}
