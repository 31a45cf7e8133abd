import Reconciliation

/// A small world in memory: a ledger, a CRM and provider accounts that take what a plan says as the contracts have it.
///
/// The mirrors are the world itself: what is observed is what is there, and every write is seen.
struct World {
    struct Member {
        var id: MemberID
        var campaign: CampaignID
        var record: RecordID
        var statusID: Int64
        var lockVersion: Int64 = 1
        var ownStatus: OwnStatus?
        var lastCause: StatusCause?
    }

    struct Account {
        var id: AccountID
        var rules: AccountRules
        var contacts: [Address: ContactShadow] = [:]
        var ours: [Address: Set<ListID>] = [:]
        var departures: [Address: [Departure]] = [:]
    }

    var now = Make.now
    private(set) var ledger: [ConsentEvent] = []
    private var identities: Set<String> = []
    private var standings: [Address: Standing] = [:]
    private var addressesOf: [RecordID: [Address]] = [:]
    /// The main addresses that each record has given up, the latest last.
    private(set) var formerMains: [RecordID: [Address]] = [:]
    var records: [RecordID: RecordMirror] = [:]
    var members: [Member] = []
    var accounts: [Account] = []
    /// What a write was refused for; a plan that holds to the contracts is never refused.
    private(set) var refusals: [String] = []

    // MARK: What stands

    func standing(_ address: Address) -> Standing { standings[address] ?? Standing() }

    func latestOptOut(_ address: Address) -> Int64 {
        guard let standing = standings[address], standing.isOptedOut else { return 0 }
        let row = ledger.lastIndex { $0.address == address && $0.kind == .optOut && standing.stands($0.source) }
        return row.map { Int64($0) + 1 } ?? 0
    }

    func latestProviderOptOut(_ address: Address) -> Int64 {
        guard let standing = standings[address] else { return 0 }
        let row = ledger.lastIndex { event in
            guard case .account = event.source else { return false }
            return event.address == address && event.kind == .optOut && standing.stands(event.source)
        }
        return row.map { Int64($0) + 1 } ?? 0
    }

    func isUndeliverable(_ address: Address) -> Bool {
        let latest = ledger.last { $0.address == address && ($0.kind == .undeliverable || $0.kind == .deliverable) }
        return latest?.kind == .undeliverable
    }

    var head: Int64 { Int64(ledger.count) }

    /// Every address that anything is about, in order.
    var addresses: [Address] {
        var found = Set(ledger.map(\.address))
        for addresses in addressesOf.values { found.formUnion(addresses) }
        for account in accounts { found.formUnion(account.contacts.keys) }
        return found.sorted()
    }

    // MARK: Observing

    mutating func append(_ events: [ConsentEvent]) {
        for event in events where identities.insert(event.identity).inserted {
            ledger.append(event)
            standings[event.address, default: Standing()].join(event)
        }
    }

    /// Reads a record as it is now, and takes it over as the engine does.
    @discardableResult
    mutating func read(
        _ record: CRMRecord,
        softwareUsers: Set<Int64> = [],
        isPartOfBulk: Bool = false,
        isBaseline: Bool = false
    ) -> RecordReading {
        let before = records[record.id]
        let own = ConsentSource.record(record.id)
        let former = Set(ledger.filter { $0.source == own }.map(\.address)).filter { standing($0).stands(own) }.sorted()
        let known = Set(record.addresses).union(before?.record.addresses ?? []).union(former)
        let reading = RecordReading(
            before: before,
            now: record,
            standings: Dictionary(uniqueKeysWithValues: known.map { ($0, standing($0)) }),
            softwareUsers: softwareUsers,
            isPartOfBulk: isPartOfBulk,
            isBaseline: isBaseline,
            receivedAt: now,
            through: "record delta"
        )
        append(reading.events(formerAddresses: former))
        var mirror = before ?? RecordMirror(record: record)
        mirror.record = record
        if !record.isUndeliverable { mirror.markIsOurs = false }
        switch reading.situation {
        case .flagSet, .flagCleared, .flagGone(restored: true):
            mirror.flagIsOurs = false
            mirror.disputedAfter = nil
            mirror.disputeRule = nil
        case .flagDisputed, .flagGone(restored: false):
            mirror.flagIsOurs = false
            mirror.disputedAfter = head
            mirror.disputeRule = reading.situation == .flagDisputed ? .c6 : .c12
        case .ownWrite, .gone, .nothingNew:
            if mirror.disputedAfter != nil, before?.record.mainAddress != record.mainAddress {
                mirror.disputedAfter = head
            }
        }
        records[record.id] = mirror
        addressesOf[record.id] = record.addresses
        if let former = before?.record.mainAddress, former != record.mainAddress {
            formerMains[record.id, default: []].removeAll { $0 == former }
            formerMains[record.id, default: []].append(former)
        }
        return reading
    }

    /// Reads a record after somebody changed it.
    @discardableResult
    mutating func change(_ id: RecordID, _ edit: (inout CRMRecord) -> Void) -> RecordReading? {
        guard var record = records[id]?.record else { return nil }
        edit(&record)
        record.lockVersion += 1
        return read(record)
    }

    /// Reads a contact as it is now, and takes it over as the engine does.
    @discardableResult
    mutating func read(_ contact: ProviderContact, at index: Int) -> ContactReading? {
        guard let address = contact.address else { return nil }
        let account = accounts[index].id
        let before = accounts[index].contacts[address]
        let reading = ContactReading(
            account: account,
            before: before,
            now: contact,
            said: standing(address).sources[.account(account)],
            ownUnsubscribeIsOpen: false,
            receivedAt: now,
            through: "opt-out poll"
        )
        append(reading.events)
        if reading.situation != .older {
            accounts[index].contacts[address] = ContactShadow(contact: contact, ownUnsubscribe: before?.ownUnsubscribe)
            accounts[index].ours[address]?.formIntersection(contact.lists)
        }
        return reading
    }

    /// Reads a contact after somebody changed it.
    @discardableResult
    mutating func change(_ address: Address, at index: Int, _ edit: (inout ProviderContact) -> Void) -> ContactReading?
    {
        guard var contact = accounts[index].contacts[address]?.contact else { return nil }
        edit(&contact)
        return read(contact, at: index)
    }

    // MARK: Deciding

    func view(_ address: Address) -> AddressView {
        var view = viewAlone(address)
        for (record, old, new) in changedMains where address == old || address == new {
            let other = address == old ? new : old
            view.changedMains.append(
                ChangedMainAddress(record: record, other: viewAlone(other), otherIsOld: other == old)
            )
        }
        return view
    }

    /// Each record's latest change that left a contact of Causeway's lists behind at an address that nobody else gave up.
    private var changedMains: [(record: RecordID, old: Address, new: Address)] {
        formerMains.sorted { $0.key < $1.key }.compactMap { id, formers in
            guard let record = records[id]?.record, !record.isDeleted, let main = record.mainAddress else { return nil }
            let left = formers.last { former in
                former != main
                    && accounts.contains {
                        $0.ours[former]?.isEmpty == false && $0.contacts[former]?.contact.isDeleted == false
                    }
            }
            guard let left else { return nil }
            let others = formerMains.filter { $0.value.contains(left) && records[$0.key]?.record.isDeleted == false }
            return others.count == 1 ? (id, left, main) : nil
        }
    }

    private func viewAlone(_ address: Address) -> AddressView {
        var view = AddressView(
            address: address,
            isOptedOut: standing(address).isOptedOut,
            latestOptOut: latestOptOut(address),
            latestProviderOptOut: latestProviderOptOut(address),
            isUndeliverable: isUndeliverable(address)
        )
        for (id, addresses) in addressesOf.sorted(by: { $0.key < $1.key }) where addresses.contains(address) {
            guard let mirror = records[id] else { continue }
            let latest = addresses.map(latestOptOut).max() ?? 0
            let isMain = addresses.first == address && !mirror.record.mainEmail.isEmpty
            let index = view.records.count
            view.records.append(RecordView(mirror: mirror, isMain: isMain, latestOptOutOfAny: latest))
            guard isMain else { continue }
            for member in members where member.record == mirror.record.id {
                view.members.append(
                    MemberView(
                        id: member.id,
                        campaign: member.campaign,
                        record: index,
                        statusID: member.statusID,
                        isLeaving: member.statusID == Make.status(.unsubscribed, of: member.campaign),
                        lockVersion: member.lockVersion,
                        ownStatus: member.ownStatus,
                        lastCause: member.lastCause
                    )
                )
            }
        }
        view.accounts = accounts.map { account in
            AccountView(
                account: account.id,
                rules: account.rules,
                shadow: account.contacts[address],
                ours: account.ours[address]?.sorted() ?? [],
                departures: account.departures[address] ?? []
            )
        }
        return view
    }

    func plan(_ address: Address) -> AddressPlan { AddressDecision.plan(for: view(address), at: now) }

    /// Decides and writes every address until nothing is left to do.
    ///
    /// - Parameter look: sees every plan before it is carried out.
    /// - Returns: what was still to be done after more rounds than any world needs; nil when it has settled.
    mutating func settle(_ look: (World, AddressView, AddressPlan) -> Void = { _, _, _ in }) -> String? {
        for _ in 1...6 {
            var isSettled = true
            for address in addresses {
                let view = view(address)
                let plan = AddressDecision.plan(for: view, at: now)
                look(self, view, plan)
                if plan.operations.isEmpty { continue }
                isSettled = false
                for operation in plan.operations { carryOut(operation, for: address) }
            }
            if isSettled { return refusals.first }
        }
        let open = addresses.flatMap { plan($0).operations }
        return "does not settle: \(open)"
    }

    // MARK: Writing

    private mutating func carryOut(_ operation: Operation, for address: Address) {
        switch operation {
        case .flag(let id, let isSet, let version):
            write(id, version) { $0.isOptedOut = isSet }
            records[id]?.flagIsOurs = isSet
            records[id]?.disputedAfter = nil
            records[id]?.disputeRule = nil
        case .mark(let id, let isSet, let version):
            write(id, version) { $0.isUndeliverable = isSet }
            records[id]?.markIsOurs = isSet
        case .leavingStatus(let id, let campaign, _, let cause, let previous, let version):
            write(id, version) {
                $0.statusID = Make.status(.unsubscribed, of: campaign)
                $0.ownStatus = OwnStatus(cause: cause, previousStatusID: previous)
                $0.lastCause = cause
            }
        case .previousStatus(let id, _, let status, let version):
            write(id, version) {
                $0.statusID = status
                $0.ownStatus = nil
            }
        case .upsert(let account, let row, let lists):
            withAccount(account) { Self.upsert(row, onto: lists, for: address, in: &$0) }
        case .remove(let account, _, let lists, _):
            withAccount(account) {
                $0.contacts[address]?.contact.lists.subtract(lists)
                $0.ours[address]?.subtract(lists)
            }
        case .unsubscribe(let account, _):
            let moment = now
            withAccount(account) { Self.unsubscribe(address, at: moment, in: &$0) }
        case .resubscribe(let account, _, let lists):
            if accounts.first(where: { $0.id == account })?.contacts[address]?.contact.optOutBy != .account {
                refusals.append("\(account) refused to take back an unsubscribe of \(address) that is not ours")
            }
            let moment = now
            withAccount(account) { Self.resubscribe(address, onto: lists, at: moment, in: &$0) }
        case .changeAddress(let account, _, let old, let email):
            if accounts.first(where: { $0.id == account })?.contacts[Make.address(email)] != nil {
                refusals.append("\(account) has a contact of \(email) already")
            }
            withAccount(account) { Self.move(old, to: email, in: &$0) }
        }
    }

    private mutating func write(_ id: RecordID, _ version: Int64, _ edit: (inout CRMRecord) -> Void) {
        guard var record = records[id]?.record, record.lockVersion == version else {
            refusals.append("\(id) has another lock version than \(version)")
            return
        }
        edit(&record)
        record.lockVersion += 1
        records[id]?.record = record
    }

    private mutating func write(_ id: MemberID, _ version: Int64, _ edit: (inout Member) -> Void) {
        guard let index = members.firstIndex(where: { $0.id == id }), members[index].lockVersion == version else {
            refusals.append("member \(id) has another lock version than \(version)")
            return
        }
        edit(&members[index])
        members[index].lockVersion += 1
    }

    private mutating func withAccount(_ id: AccountID, _ edit: (inout Account) -> Void) {
        for index in accounts.indices where accounts[index].id == id { edit(&accounts[index]) }
    }

    /// An import changes what it names, and brings nobody back: constant-contact.md §6.2.
    private static func upsert(
        _ row: OutgoingRow,
        onto lists: [ListID],
        for address: Address,
        in account: inout Account
    ) {
        var shadow = account.contacts[address] ?? ContactShadow(contact: Make.contact(email: row.email))
        if !row.firstName.isEmpty { shadow.contact.firstName = row.firstName }
        if !row.lastName.isEmpty { shadow.contact.lastName = row.lastName }
        shadow.contact.fields.merge(row.fields) { $1 }
        if shadow.contact.permission != .unsubscribed, !shadow.contact.isDeleted {
            account.ours[address, default: []].formUnion(Set(lists).subtracting(shadow.contact.lists))
            shadow.contact.lists.formUnion(lists)
        }
        account.contacts[address] = shadow
    }

    /// The contact keeps everything but its address: constant-contact.md §4, mailchimp.md §14.
    private static func move(_ old: Address, to email: String, in account: inout Account) {
        let new = Make.address(email)
        account.contacts[new] = account.contacts.removeValue(forKey: old)
        account.contacts[new]?.contact.email = email
        account.ours[new] = account.ours.removeValue(forKey: old)
    }

    /// An unsubscribe is account-wide and empties the lists: constant-contact.md §5.1.
    private static func unsubscribe(_ address: Address, at moment: Timestamp, in account: inout Account) {
        guard var shadow = account.contacts[address], shadow.contact.permission != .unsubscribed else { return }
        shadow.ownUnsubscribe = OwnUnsubscribe(of: shadow.contact, at: moment)
        shadow.contact.permission = .unsubscribed
        shadow.contact.optOutBy = .account
        shadow.contact.optOutAt = moment
        shadow.contact.lists = []
        account.contacts[address] = shadow
        account.ours[address] = nil
    }

    private static func resubscribe(
        _ address: Address,
        onto lists: [ListID],
        at moment: Timestamp,
        in account: inout Account
    ) {
        guard var shadow = account.contacts[address], shadow.contact.optOutBy == .account else { return }
        shadow.ownUnsubscribe = nil
        shadow.contact.permission = .implicit
        shadow.contact.optOutBy = .unknown
        shadow.contact.optOutAt = nil
        shadow.contact.optInBy = .account
        shadow.contact.optInAt = moment
        shadow.contact.lists = Set(lists)
        account.contacts[address] = shadow
        account.ours[address] = Set(lists.filter { account.rules.manages($0) })
    }
}
