import Reconciliation

@testable import Store

/// A world of a few records, members and contacts that share a few addresses, in which anything may change.
struct HistoryWorld {
    /// What is told of one address.
    struct Telling: Hashable {
        var records: [String] = []
        var members: [String] = []
        var contacts: [String] = []
        var parked: [String] = []
        var twins: [String] = []
        var holds: [String] = []
        var isInDoubt = false

        /// What is told otherwise later.
        func differences(from later: Telling) -> String {
            let parts = [
                (records, later.records), (members, later.members), (contacts, later.contacts),
                (parked, later.parked), (twins, later.twins), (holds, later.holds),
                (["in doubt: \(isInDoubt)"], ["in doubt: \(later.isInDoubt)"]),
            ]
            return parts.filter { $0.0 != $0.1 }.map { "told \($0.0), later \($0.1)" }.joined(separator: "; ")
        }
    }

    private(set) var now = Timestamp(milliseconds: 1_000)
    private var chance: SplitMix64
    private let addresses = ["ada@example.org", "bob@example.org", "cy@example.org"].map { Address(compared: $0) }
    private let records = [RecordID(.person, 1), RecordID(.person, 2), RecordID(.lead, 1)]
    private let accounts = [AccountID("cc"), AccountID("mc")]
    private let lists = ["a", "b", "c"].map { ListID($0) }

    init(seed: UInt64) {
        chance = SplitMix64(seed: seed)
    }

    private mutating func any<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int.random(in: choices.indices, using: &chance)]
    }

    private mutating func toss() -> Bool { Bool.random(using: &chance) }

    // MARK: Changes

    /// Changes something; now and then several things change within one moment.
    mutating func step(in connection: any SQLConnection) throws {
        now = Timestamp(milliseconds: now.milliseconds + any([0, 1, 1, 5, 1_000]))
        switch Int.random(in: 0..<13, using: &chance) {
        case 0, 1, 2: try changeRecord(in: connection)
        case 3: try writeFlag(in: connection)
        case 4, 5: try changeMember(in: connection)
        case 6, 7: try changeContact(in: connection)
        case 8: try changeLists(in: connection)
        case 9: try park(in: connection)
        case 10: try move(in: connection)
        case 11: try doubt(in: connection)
        default: try hold(in: connection)
        }
    }

    private mutating func changeRecord(in connection: any SQLConnection) throws {
        let id = any(records)
        let main = any(addresses + [nil])
        let record = CRMRecord(
            id: id,
            lockVersion: now.milliseconds,
            updatedAt: now,
            isDeleted: any([false, false, false, true]),
            firstName: any(["Ada", "Augusta"]),
            mainEmail: main?.text ?? "",
            otherEmails: toss() ? [any(addresses).text] : [],
            isOptedOut: toss(),
            isUndeliverable: any([false, false, true])
        )
        let before = try RecordMirrors.load([id], in: connection)[id]
        try RecordMirrors.save(
            RecordMirror(record: record, flagIsOurs: record.isOptedOut && toss()),
            at: now,
            in: connection
        )
        if let before, before.record.mainAddress != record.mainAddress,
            let address = record.mainAddress ?? record.addresses.first
        {
            try Holds.move(rowsOf: id, to: address, at: now, in: connection)
        }
    }

    private mutating func writeFlag(in connection: any SQLConnection) throws {
        let isSet = toss()
        try RecordMirrors.flagWritten(
            any(records),
            isOptedOut: isSet,
            isOurs: isSet,
            lockVersion: now.milliseconds - any([0, 0, 2_000]),
            updatedAt: nil,
            at: now,
            in: connection
        )
    }

    private mutating func changeMember(in connection: any SQLConnection) throws {
        let member = CampaignMember(
            id: MemberID(any([1, 2, 3, 4])),
            campaign: CampaignID(any([1, 2])),
            record: any(records),
            statusID: any([1, 2]),
            lockVersion: 1,
            updatedAt: now,
            isDeleted: any([false, false, true])
        )
        try MemberMirrors.save(MemberMirrors.Row(member: member), at: now, in: connection)
    }

    private mutating func changeContact(in connection: any SQLConnection) throws {
        var contact = ProviderContact(
            id: any([ContactID("c1"), ContactID("c2"), ContactID("c3")]),
            email: any(addresses).text,
            permission: any([.implicit, .explicit, .unsubscribed]),
            isDeleted: any([false, false, false, true])
        )
        contact.optOutBy = any([.unknown, .contact, .account])
        contact.optOutAt = any([nil, Timestamp(seconds: 5)])
        contact.listsWereRead = toss()
        contact.lists = contact.listsWereRead ? Set(lists.filter { _ in toss() }) : []
        try Contacts.save(ContactShadow(contact: contact), account: any(accounts), at: now, in: connection)
    }

    private mutating func changeLists(in connection: any SQLConnection) throws {
        let (contact, account, list) = (any([ContactID("c1"), ContactID("c2")]), any(accounts), any(lists))
        switch any([0, 1, 2]) {
        case 0: try Contacts.markOurs(contact, lists: [list], account: account, at: now, in: connection)
        case 1: try Contacts.removed(contact, from: [list], account: account, at: now, in: connection)
        default:
            try Links.masterMade(list, named: "all", account: account, in: connection)
            try Links.masterIsGone(of: account, at: now, in: connection)
        }
    }

    private mutating func park(in connection: any SQLConnection) throws {
        let rows = ["member 1", "member 2"].compactMap { subject in
            toss() ? (subject: subject, code: "refused", text: any(["too long", "too odd"])) : nil
        }
        try Parked.replace(rows, address: any(addresses).text, account: any(accounts), at: now, in: connection)
    }

    private mutating func move(in connection: any SQLConnection) throws {
        let (contact, account) = (ContactID("c1"), any(accounts))
        switch any([0, 0, 1, 2]) {
        case 0:
            let (old, new) = (any(addresses), any(addresses))
            if old == new { return }
            _ = try MovedContacts.note(contact, from: old, to: new, account: account, at: now, in: connection)
        case 1: try MovedContacts.decide(contact, account: account, at: now, in: connection)
        default: try MovedContacts.forget(contact, account: account, at: now, in: connection)
        }
    }

    private mutating func doubt(in connection: any SQLConnection) throws {
        let (contact, account) = (any([ContactID("c1"), ContactID("c2")]), any(accounts))
        if toss() {
            try DeletionDoubts.add(contact, address: any(addresses), account: account, at: now, in: connection)
        } else {
            try DeletionDoubts.end(contact, account: account, at: now, in: connection)
        }
    }

    private mutating func hold(in connection: any SQLConnection) throws {
        let record = any(records)
        let isAboutContact = toss()
        let cause =
            isAboutContact
            ? HoldCause.contact(.contactDeleted, any(accounts), ContactID("c1")) : HoldCause(.keptFlag, "\(record) 1")
        if let known = try Holds.row(of: cause, in: connection), toss() {
            let isOpen = known.state == .open
            if isOpen, toss() {
                return try Holds.decide(
                    known.hold,
                    choice: any([.clearFlag, nil]),
                    note: "seen",
                    at: now,
                    in: connection
                )
            }
            return try Holds.forget(cause, at: now, in: connection)
        }
        let named = try RecordMirrors.load([record], in: connection)[record]?.record
        let address = isAboutContact ? any(addresses) : named?.mainAddress ?? named?.addresses.first
        guard let address else { return }
        let row = Holds.NewRow(
            HeldRow(isAboutContact ? .address : .record(record), cause, keepsOff: isAboutContact),
            address: address.text,
            account: any(accounts),
            subject: isAboutContact ? "contact c1" : record.description,
            choices: [.clearFlag]
        )
        try Holds.raise(row, at: now, in: connection)
    }

    // MARK: What is told

    /// What is told of each address where nothing is known.
    var nothing: [Telling] { addresses.map { _ in Telling() } }

    /// What is told of each address now.
    func present(in connection: any SQLConnection) throws -> [Telling] {
        try addresses.map { address in
            let having = try RecordMirrors.having([address], in: connection)
            let mains = having.filter(\.isMain).map(\.mirror.record.id)
            let held = try Holds.rows(of: [address], in: connection)
            let contacts = try accounts.compactMap { account -> String? in
                guard let shadow = try Contacts.having([address], account: account, in: connection)[address] else {
                    return nil
                }
                let id = shadow.contact.id
                return told(
                    shadow.contact,
                    ours: try Contacts.ours([id], account: account, in: connection)[id] ?? [],
                    account
                )
            }
            return Telling(
                records: having.map { told($0.mirror, $0.isMain) },
                members: try MemberMirrors.ofRecords(mains, in: connection).map { told($0.member) },
                contacts: contacts,
                parked: try Parked.all(in: connection).filter { $0.address == address.text }.map { "\($0)" },
                twins: try MovedContacts.undecided(of: [address], in: connection).map { "\($0)" },
                holds: try held.compactMap { row in
                    try Holds.find(row.hold, in: connection).map { told($0, row.cause) }
                },
                isInDoubt: try !DeletionDoubts.of([address], in: connection).isEmpty
                    || held.contains { $0.state == .open && $0.keepsOff }
            )
        }
    }

    /// What is told of each address at a moment past.
    func past(at moment: Timestamp, in connection: any SQLConnection) throws -> [Telling] {
        try addresses.map { address in
            let having = try RecordHistory.having(address, at: moment, in: connection)
            let mains = having.filter(\.isMain).map(\.past.value.record.id)
            let held = try Holds.rows(of: [address], at: moment, in: connection)
            return Telling(
                records: having.map { told($0.past.value, $0.isMain) },
                members: try MemberHistory.ofRecords(mains, at: moment, in: connection).map { told($0.value) },
                contacts: try accounts.compactMap { account in
                    try ContactHistory.having(address, account: account, at: moment, in: connection)
                        .map { told($0.value.contact, ours: $0.value.ours, account) }
                },
                parked: try ParkedHistory.of(address, at: moment, in: connection).map { "\($0)" },
                twins: try MovedContacts.undecided(of: [address], at: moment, in: connection).map { "\($0)" },
                holds: held.map { told($0.hold, $0.row.cause) },
                isInDoubt: try DeletionDoubts.isInDoubt(address, at: moment, holds: held, in: connection)
            )
        }
    }

    private func told(_ mirror: RecordMirror, _ isMain: Bool) -> String {
        let record = mirror.record
        return "\(record.id) \(record.firstName) main \(isMain) flag \(record.isOptedOut) ours \(mirror.flagIsOurs) "
            + "mark \(record.isUndeliverable) \(record.mainEmail) \(record.otherEmails)"
    }

    private func told(_ member: CampaignMember) -> String {
        "\(member.id) of \(member.campaign): \(String(describing: member.record)) \(member.statusID)"
    }

    private func told(_ contact: ProviderContact, ours: [ListID], _ account: AccountID) -> String {
        "\(account) \(contact.id) \(contact.permission) by \(contact.optOutBy) \(String(describing: contact.optOutAt)) "
            + "deleted \(contact.isDeleted) on \(contact.lists.sorted()) ours \(ours.sorted())"
    }

    private func told(_ hold: Hold, _ cause: HoldCause) -> String {
        "\(hold.id) \(cause) \(hold.state) \(hold.address) \(String(describing: hold.choice)) "
            + "\(hold.note ?? "") \(String(describing: hold.endedAt))"
    }
}
