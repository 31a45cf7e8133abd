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

    /// What a source has said of an address, on the ledger.
    struct Said {
        /// An opt-out: its row on the ledger, its place among what the source said, and whether it is the person's own.
        struct OptOut {
            var row: Int64
            var place: Int64
            var isByPerson: Bool
        }

        var optOuts: [OptOut] = []
        var optIn: Int64?
        /// The last row up to which an operator has lifted the source's opt-outs, on holds.
        var liftedUpTo: Int64?

        private var unlifted: some Sequence<OptOut> {
            optOuts.lazy.filter { [liftedUpTo] in $0.row > liftedUpTo ?? 0 }
        }
        /// The place of the latest opt-out.
        var optOut: Int64? { optOuts.map(\.place).max() }
        var stands: Bool { unlifted.contains { $0.place >= optIn ?? Int64.min } }
        /// Whether an opt-out of the person's stands.
        var isByPerson: Bool { unlifted.contains { $0.isByPerson && $0.place >= optIn ?? Int64.min } }

        /// Whether an operator has lifted what was said at a place.
        func isLifted(_ place: Int64) -> Bool {
            optOuts.contains { $0.place >= place && $0.row <= liftedUpTo ?? 0 }
        }

        /// What two addresses that are one now have of the source.
        func joined(with other: Said) -> Said {
            Said(
                optOuts: optOuts + other.optOuts,
                optIn: [optIn, other.optIn].compactMap(\.self).max(),
                liftedUpTo: [liftedUpTo, other.liftedUpTo].compactMap(\.self).max()
            )
        }
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
    private var refused: Set<Address> = []
    private var kin: [Address: Set<Address>] = [:]
    private var moved: [Address: Set<Address>] = [:]
    /// The holds that an operator is deciding or has decided, with what was chosen.
    private var approvals: [Int64: HoldChoice] = [:]
    /// Addresses that somebody has erased, or is erasing.
    private var erasing: Set<Address> = []
    /// What stands for the addresses that were erased.
    private var standIns: [Address: Address] = [:]
    private let keys: LedgerKeys

    // What the file has.
    private(set) var ledger: [Place: Said] = [:]
    private var undeliverable: Set<Address> = []
    private(set) var everUndeliverable: Set<Address> = []
    /// The ledger's row of each address's latest opt-out.
    private var latestOptOut: [Address: Int64] = [:]
    private(set) var ledgerRows: Int64 = 0
    private var lastEvent: Int64 = 0
    private var lastIntent: Int64 = 0
    private var inFlight: Set<String> = []

    init(crm: SimulatedCRM, providers: [AccountID: SimulatedProvider], keys: LedgerKeys) {
        self.crm = crm
        self.providers = providers
        self.keys = keys
    }

    func wrong(_ what: String) { if wrongs.count < 12, !wrongs.contains(what) { wrongs.append(what) } }

    // MARK: What happened

    /// Addresses that are or were one record's: an opt-out of one can reach the others.
    func has(_ record: RecordID, _ typed: [Address]) {
        let addresses = typed.map(known)
        let all = addresses.reduce(into: Set(addresses)) { $0.formUnion(kin[$1] ?? []) }
        for address in all { kin[address, default: []].formUnion(all) }
    }

    /// The address, and those that are or were one record's with it.
    func kin(of typed: Address) -> Set<Address> {
        let address = known(typed)
        return (kin[address] ?? []).union([address])
    }

    /// A contact's address was changed at its provider: until somebody decides, the two are one (C11).
    func moved(_ former: Address, to latter: Address) {
        let (old, new) = (known(former), known(latter))
        let all = kin(of: old).union(kin(of: new))
        for address in all { kin[address, default: []].formUnion(all) }
        for address in all { moved[address, default: []].formUnion(all) }
    }

    /// The address, and those that a contact has had in its place.
    func twins(of typed: Address) -> Set<Address> {
        let address = known(typed)
        return (moved[address] ?? []).union([address])
    }

    func optedOut(_ address: Address, at account: AccountID, on moment: Timestamp?) {
        optOuts.insert(place(.account(account), address))
    }

    func returned(_ address: Address, at account: AccountID, on moment: Timestamp) {
        returns[place(.account(account), address), default: []].append(moment.milliseconds)
    }

    func hasReturned(_ address: Address, at account: AccountID) -> Bool {
        returns[place(.account(account), address)] != nil
    }

    func refuses(_ address: Address) { refused.insert(known(address)) }

    func isRefused(_ address: Address) -> Bool { refused.contains(known(address)) }

    /// An operator decides on a hold: what follows from it is theirs.
    func approves(_ hold: Int64, _ choice: HoldChoice) { approvals[hold] = choice }

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
        optOuts.insert(place(.account(report.account), report.address))
    }

    /// A delivery was acknowledged: what it says is never lost.
    func acknowledged(_ observation: Observation) {
        switch observation {
        case .optOutReported(let report):
            promise(
                place(.account(report.account), report.address),
                at: report.occurredAt?.milliseconds ?? Int64.max
            )
        case .bounceReported(let report): bounced.insert(known(report.address))
        case .contactRead, .recordRead, .memberRead, .changeHinted: break
        }
    }

    func promise(_ place: Place, at position: Int64) {
        promised[place] = max(promised[place] ?? Int64.min, position)
    }

    // MARK: What stands

    func said(_ source: ConsentSource, _ address: Address) -> Said? { ledger[place(source, address)] }

    /// Whether an operator has lifted opt-outs of a source on holds.
    func hasLifted(_ source: ConsentSource) -> Bool {
        ledger.contains { $0.key.source == source && $0.value.liftedUpTo != nil }
    }

    /// The sources whose opt-outs stand on an address, by the ledger's rows.
    func sources(of typed: Address) -> [ConsentSource] {
        let address = known(typed)
        return ledger.filter { $0.key.address == address && $0.value.stands }.map(\.key.source).sorted()
    }

    /// The addresses on which an opt-out of a source stands, by the ledger's rows.
    func addresses(optedOutBy source: ConsentSource) -> [Address] {
        ledger.filter { $0.key.source == source && $0.value.stands }.map(\.key.address).sorted()
    }

    func isOptedOut(_ typed: Address) -> Bool {
        let address = known(typed)
        return ledger.contains { $0.key.address == address && $0.value.stands }
    }

    /// Whether anything was ever said about an address, its former ones and what a contact has had in its place.
    func wasEverSaid(of address: Address) -> Bool {
        let all = kin(of: address).union(twins(of: address))
        return ledger.contains { all.contains($0.key.address) } || !all.isDisjoint(with: everUndeliverable)
    }

    func isUndeliverable(_ address: Address) -> Bool { undeliverable.contains(known(address)) }

    /// The ledger's row of the latest opt-out of an address.
    func latestOptOut(of address: Address) -> Int64? { latestOptOut[known(address)] }

    // MARK: What the file has

    package func isOfInterest(_ sql: String) -> Bool {
        sql.hasPrefix("INSERT INTO consent_event") || sql.hasPrefix("INSERT INTO intent ")
            || sql.hasPrefix("INSERT INTO erased_address")
    }

    package func committed(_ connection: any SQLConnection) throws {
        for address in erasing where standIns[address] == nil {
            let hash = keys.addressHash(address)
            if try connection.value("SELECT 1 FROM erased_address WHERE hash = \(hash)") != nil {
                erased(address, as: Address(erased: hash))
            }
        }
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
            SELECT sequence, address, kind, source, position, rule, author, through FROM consent_event
            WHERE sequence > \(lastEvent) ORDER BY sequence
            """
        ) { row in
            lastEvent = row.int(0)
            ledgerRows += 1
            let address = Address(compared: row.text(1))
            guard let source = ConsentSource(text: row.text(3)) else { return }
            let place = Place(source: source, address: address)
            if row.text(2) == "opt-in", row.text(6) == Author.operator.rawValue {
                takeOperatorsAct(place, upTo: row.int(4), through: row.text(7))
            } else {
                let isByPerson = row.text(6) == Author.person.rawValue
                take(row.text(2), place, row.optionalInt(4), row.text(5), isByPerson: isByPerson)
            }
        }
    }

    /// An operator lifts on a hold what stood when they did, and never a person's word or an erasure.
    private func takeOperatorsAct(_ place: Place, upTo row: Int64, through: String) {
        let choice = approvals.first { ConsentEvent.throughHold($0.key) == through }?.value
        if choice != .lift && choice != .accept {
            wrong("nobody decided that \(place.address.text) is brought back at \(place.source.text), \(through)")
        }
        if ledger[place]?.isByPerson == true || place.source == .erasure {
            wrong("an operator's decision lifted \(place.address.text)'s own opt-out at \(place.source.text)")
        }
        ledger[place, default: Said()].liftedUpTo = max(ledger[place]?.liftedUpTo ?? 0, row)
    }

    private func take(_ kind: String, _ place: Place, _ position: Int64?, _ rule: String, isByPerson: Bool) {
        switch kind {
        case "opt-out":
            if !isExplained(place, at: position) {
                wrong("\(rule): nobody opted \(place.address.text) out at \(place.source.text)")
            }
            let at = position ?? Int64.max
            latestOptOut[place.address] = lastEvent
            ledger[place, default: Said()].optOuts.append(.init(row: lastEvent, place: at, isByPerson: isByPerson))
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
        // It reaches what is or was one record's or one contact's with it.
        case .erasure: return !kin(of: place.address).isDisjoint(with: standIns.values)
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
        return provider.state.withLock { state in state.everUnsubscribed.contains { kin.contains(known($0)) } }
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
        for place in early where place.address == known(address) && ledger[place] == nil {
            wrong("a call carries \(address.text) to a list before its opt-out at \(place.source.text) was read")
        }
        if standIns[address] != nil { wrong("a call carries \(address.text), which was erased, to a list") }
    }
}

/// Addresses that were erased: what was known of them is known of what stands for them.
extension History {
    /// The address under which the store has it.
    func known(_ address: Address) -> Address { standIns[address] ?? address }

    /// The addresses that were erased.
    var erasedAddresses: [Address] { standIns.keys.sorted() }

    /// Somebody is about to have an address erased; it is once the store says so.
    func willErase(_ address: Address) { erasing.insert(address) }

    private func place(_ source: ConsentSource, _ address: Address) -> Place {
        Place(source: source, address: known(address))
    }

    private func erased(_ address: Address, as standIn: Address) {
        standIns[address] = standIn
        optOuts = Set(optOuts.map { place($0.source, $0.address) })
        early = Set(early.map { place($0.source, $0.address) })
        returns = rekeyed(returns) { $0 + $1 }
        promised = rekeyed(promised) { max($0, $1) }
        ledger = rekeyed(ledger) { $0.joined(with: $1) }
        bounced = Set(bounced.map(known))
        refused = Set(refused.map(known))
        undeliverable = Set(undeliverable.map(known))
        everUndeliverable = Set(everUndeliverable.map(known))
        latestOptOut = Dictionary(latestOptOut.map { (known($0.key), $0.value) }, uniquingKeysWith: max)
        kin = Dictionary(kin.map { (known($0.key), Set($0.value.map(known))) }) { $0.union($1) }
        moved = Dictionary(moved.map { (known($0.key), Set($0.value.map(known))) }) { $0.union($1) }
    }

    private func rekeyed<Value>(_ values: [Place: Value], _ join: (Value, Value) -> Value) -> [Place: Value] {
        Dictionary(values.map { (place($0.key.source, $0.key.address), $0.value) }, uniquingKeysWith: join)
    }
}
