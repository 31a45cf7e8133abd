import Foundation

/// Everything that one Constant Contact account holds, with indexes that stay quick at 100,000 contacts.
///
/// It is confined to the actor that owns it. Changes of a contact go through `update`, `join` and `leave`, which keep the
/// indexes right and, under a replication lag, the former states that collections still show.
final class AccountState {
    let id: String

    private(set) var contacts: [ContactSlot] = []
    private(set) var lists: [ContactList] = []
    var customFields: [CustomField] = []
    var activities: [BulkActivity] = []
    var plannedOutcomes: [ActivityOutcome] = []
    var mailings: [Mailing] = []
    /// Calls of `sign_up_form`, which makes consent out of nothing and which no bridge may make (§9 item 30).
    var signUpFormCalls = 0
    /// Confirmation mails that `resubscribe` has sent.
    var resubscribeMails = 0

    /// The contacts that are unsubscribed, deleted, or may not be mailed for any reason.
    private(set) var unsubscribed = OrdinalSet()
    private(set) var deleted = OrdinalSet()
    private(set) var inactive = OrdinalSet()
    /// Contacts whose former states collections may still show.
    private(set) var recentlyChanged = OrdinalSet()
    /// Every opt-out date that a contact has had, in order; those that are no longer true are skipped when it is read.
    private(set) var optOuts: [(date: Double, ordinal: Int)] = []
    /// Whether contacts are in the order of their creation dates too, so that those can be searched.
    private(set) var isOrderedByCreation = true
    /// Contacts by permission, without deleted ones.
    private(set) var permissionCounts: [String: Int] = [:]

    private var byID: [String: Int] = [:]
    private var byAddress: [String: Int] = [:]
    private var listsByID: [String: Int] = [:]
    private var activeListNames: [String: Int] = [:]
    private var generator: SeededGenerator

    /// How far collections trail behind, in seconds.
    var replicationLag = 0.0

    init(id: String, seed: UInt64) {
        self.id = id
        generator = SeededGenerator(seed: id.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
    }

    /// A new id.
    func newID() -> String {
        let high = generator.next().bigEndian
        let low = generator.next().bigEndian
        var uuid: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &uuid) { bytes in
            bytes.storeBytes(of: high, as: UInt64.self)
            bytes.storeBytes(of: low, toByteOffset: 8, as: UInt64.self)
        }
        uuid.6 = uuid.6 & 0x0f | 0x40
        uuid.8 = uuid.8 & 0x3f | 0x80
        return UUID(uuid: uuid).uuidString.lowercased()
    }

    /// A fraction between 0 and 1.
    func randomFraction() -> Double { generator.fraction() }

    // MARK: Contacts

    /// The contact of an id, deleted ones too.
    func contact(id: String) -> ContactSlot? {
        byID[id].map { contacts[$0] }
    }

    /// The contact of an address, deleted ones too: an address is unique across both (§5).
    func contact(address: String) -> ContactSlot? {
        byAddress[EmailState.key(address)].map { contacts[$0] }
    }

    /// Takes in a new contact, without lists.
    @discardableResult
    func add(_ record: ContactRecord) -> ContactSlot {
        let slot = ContactSlot(ordinal: contacts.count, record: record)
        if let last = contacts.last, last.record.createdAt > record.createdAt { isOrderedByCreation = false }
        contacts.append(slot)
        byID[record.id] = slot.ordinal
        if let email = record.email { byAddress[EmailState.key(email.address)] = slot.ordinal }
        index(slot)
        if replicationLag > 0 { recentlyChanged.insert(slot.ordinal) }
        return slot
    }

    /// Changes a contact, other than by its lists.
    func update(_ slot: ContactSlot, at now: Double, _ change: (inout ContactRecord) -> Void) {
        remember(slot, at: now)
        unindex(slot)
        let formerAddress = slot.record.email?.address
        change(&slot.record)
        if slot.record.email?.address != formerAddress {
            if let formerAddress { byAddress[EmailState.key(formerAddress)] = nil }
            if let address = slot.record.email?.address { byAddress[EmailState.key(address)] = slot.ordinal }
        }
        index(slot)
    }

    private func index(_ slot: ContactSlot) {
        let record = slot.record
        if record.isUnsubscribed { unsubscribed.insert(slot.ordinal) }
        if record.isDeleted { deleted.insert(slot.ordinal) }
        if !record.isActive { inactive.insert(slot.ordinal) }
        if !record.isDeleted, let permission = record.email?.permission {
            permissionCounts[permission, default: 0] += 1
        }
        if let date = record.email?.optOutDate, record.isUnsubscribed { noteOptOut(of: slot.ordinal, at: date) }
    }

    private func unindex(_ slot: ContactSlot) {
        let record = slot.record
        unsubscribed.remove(slot.ordinal)
        deleted.remove(slot.ordinal)
        inactive.remove(slot.ordinal)
        if !record.isDeleted, let permission = record.email?.permission {
            permissionCounts[permission, default: 0] -= 1
        }
    }

    private func noteOptOut(of ordinal: Int, at date: Double) {
        let place = firstOptOut(after: date)
        // A change of an unsubscribed contact brings the same date again.
        if place > 0, optOuts[place - 1] == (date, ordinal) { return }
        optOuts.insert((date, ordinal), at: place)
    }

    /// Where the opt-outs that are later than a time begin.
    func firstOptOut(after time: Double) -> Int {
        var low = 0
        var high = optOuts.count
        while low < high {
            let middle = (low + high) / 2
            if optOuts[middle].date > time { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The first contact that was created after a time; only while contacts are in that order.
    func firstContact(createdAfter time: Double) -> Int {
        var low = 0
        var high = contacts.count
        while low < high {
            let middle = (low + high) / 2
            if contacts[middle].record.createdAt > time { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private func remember(_ slot: ContactSlot, at now: Double) {
        guard replicationLag > 0 else {
            if !slot.earlier.isEmpty { slot.earlier = [] }
            return
        }
        slot.earlier.removeAll { $0.until < now - replicationLag }
        slot.earlier.append((now, slot.record))
        recentlyChanged.insert(slot.ordinal)
    }

    /// Forgets former states that no collection shows any more.
    func forgetFormerStates(at now: Double) {
        for ordinal in recentlyChanged.members {
            let slot = contacts[ordinal]
            slot.earlier.removeAll { $0.until < now - replicationLag }
            if slot.earlier.isEmpty, slot.record.createdAt < now - replicationLag { recentlyChanged.remove(ordinal) }
        }
    }

    // MARK: Lists

    /// A contact may be on so many lists (§5).
    static let mostListsOfAContact = 50
    /// An account may have so many lists (§5).
    static let mostLists = 1_000

    var activeListCount: Int { activeListNames.count }

    /// The list of an id; nil for one that is unknown or deleted.
    func list(id: String) -> ContactList? {
        listsByID[id.lowercased()].map { lists[$0] }.flatMap { $0.deletedAt == nil ? $0 : nil }
    }

    func activeList(named name: String) -> ContactList? {
        activeListNames[name].map { lists[$0] }
    }

    func addList(name: String, description: String?, isFavorite: Bool, at now: Double) -> ContactList {
        let list = ContactList(
            ordinal: lists.count,
            id: newID(),
            name: name,
            description: description,
            isFavorite: isFavorite,
            at: now
        )
        lists.append(list)
        listsByID[list.id] = list.ordinal
        activeListNames[name] = list.ordinal
        return list
    }

    func rename(_ list: ContactList, to name: String) {
        activeListNames[list.name] = nil
        list.name = name
        activeListNames[name] = list.ordinal
    }

    /// Deletes a list with its memberships; its contacts stay.
    func delete(_ list: ContactList, at now: Double) {
        for ordinal in list.members.members { leave(contacts[ordinal], list, at: now) }
        list.deletedAt = now
        list.updatedAt = now
        activeListNames[list.name] = nil
    }

    /// What came of putting a contact on a list.
    enum JoinOutcome {
        case joined
        case wasThere
        case full
        case unsubscribed
    }

    /// Puts a contact on a list, unless it has opted out or is on as many lists as it may be.
    @discardableResult
    func join(_ slot: ContactSlot, _ list: ContactList, at now: Double) -> JoinOutcome {
        if list.members.contains(slot.ordinal) { return .wasThere }
        if slot.record.isUnsubscribed { return .unsubscribed }
        guard slot.record.lists.count < Self.mostListsOfAContact else { return .full }
        remember(slot, at: now)
        list.members.insert(slot.ordinal)
        slot.record.lists.append(list.ordinal)
        return .joined
    }

    /// Takes a contact off a list; false when it was not there.
    @discardableResult
    func leave(_ slot: ContactSlot, _ list: ContactList, at now: Double) -> Bool {
        guard list.members.contains(slot.ordinal) else { return false }
        remember(slot, at: now)
        list.members.remove(slot.ordinal)
        slot.record.lists.removeAll { $0 == list.ordinal }
        return true
    }

    func leaveAllLists(_ slot: ContactSlot, at now: Double) {
        for ordinal in slot.record.lists { leave(slot, lists[ordinal], at: now) }
    }

    // MARK: Custom fields

    func customField(id: String) -> CustomField? {
        customFields.first { $0.id == id.lowercased() }
    }

    func customField(name: String) -> CustomField? {
        customFields.first { $0.name == name }
    }

    /// Deletes a field with the values that contacts have of it.
    func deleteCustomField(id: String, at now: Double) {
        customFields.removeAll { $0.id == id }
        for slot in contacts where slot.record.customFields.contains(where: { $0.field == id }) {
            update(slot, at: now) { $0.customFields.removeAll { $0.field == id } }
        }
    }
}
