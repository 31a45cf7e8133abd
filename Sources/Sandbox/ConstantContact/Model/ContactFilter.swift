/// What `GET /contacts` selects by (constant-contact.md §6); several criteria all have to hold.
struct ContactFilter {
    /// Nil hides deleted contacts and shows all others.
    private var statuses: Set<String>?
    private var addressKey: String?
    private var listIDs: [String] = []
    private var listOrdinals: [Int] = []
    private var tags: [String] = []
    private var updatedAfter: Double?, updatedBefore: Double?
    private var createdAfter: Double?, createdBefore: Double?
    private var optOutAfter: Double?, optOutBefore: Double?

    static let statusNames: Set<String> = [
        "all", "active", "deleted", "not_set", "pending_confirmation", "temp_hold", "unsubscribed",
    ]
    private static let mostLists = 25
    private static let mostTags = 50

    /// - Throws: `ConstantContactRefusal` for a criterion that cannot be read.
    init(_ page: PageRequest, in account: AccountState) throws {
        if let given = page.values("status") {
            guard given.allSatisfy(Self.statusNames.contains) else {
                throw ConstantContactRefusal.invalid("status has an unknown value")
            }
            statuses = Set(given)
        }
        // An address with a `+` that was not escaped arrives with a blank and matches nobody.
        addressKey = page.value("email").map(EmailState.key)
        if let given = page.values("lists") {
            guard given.count <= Self.mostLists, given.allSatisfy(Identifier.isUUID) else {
                throw ConstantContactRefusal.invalid("lists takes up to \(Self.mostLists) list ids")
            }
            listIDs = given
            listOrdinals = given.compactMap { account.list(id: $0)?.ordinal }
        }
        if let given = page.values("tags") {
            guard given.count <= Self.mostTags, given.allSatisfy(Identifier.isUUID) else {
                throw ConstantContactRefusal.invalid("tags takes up to \(Self.mostTags) tag ids")
            }
            tags = given
        }
        updatedAfter = try page.time("updated_after")
        updatedBefore = try page.time("updated_before")
        createdAfter = try page.time("created_after")
        createdBefore = try page.time("created_before")
        optOutAfter = try page.time("optout_after")
        optOutBefore = try page.time("optout_before")
    }

    /// Whether a contact is selected.
    func matches(_ record: ContactRecord) -> Bool {
        guard hasStatus(record) else { return false }
        if let addressKey {
            guard let address = record.email?.address, EmailState.key(address) == addressKey else { return false }
        }
        if !listIDs.isEmpty, !listOrdinals.contains(where: record.lists.contains) { return false }
        if !tags.isEmpty, !tags.contains(where: record.taggings.contains) { return false }
        return Self.lies(record.updatedAt, after: updatedAfter, before: updatedBefore)
            && Self.lies(record.createdAt, after: createdAfter, before: createdBefore)
            && Self.lies(record.email?.optOutDate, after: optOutAfter, before: optOutBefore)
    }

    private func hasStatus(_ record: ContactRecord) -> Bool {
        guard let statuses else { return !record.isDeleted }
        if statuses.contains("all") { return true }
        if record.isDeleted { return statuses.contains("deleted") }
        if statuses.contains("active"), record.isActive { return true }
        return record.email.map { statuses.contains($0.permission) } ?? false
    }

    /// Whether a time lies between two bounds, both excluded (§7.1, assumed).
    private static func lies(_ time: Double?, after: Double?, before: Double?) -> Bool {
        if after == nil, before == nil { return true }
        guard let time else { return false }
        if let after, time <= after { return false }
        if let before, time >= before { return false }
        return true
    }

    /// The contacts that come into question, from the narrowest index there is; nil when all do.
    func candidates(in account: AccountState) -> OrdinalSet? {
        var found = OrdinalSet()
        if let addressKey {
            if let slot = account.contact(address: addressKey) { found.insert(slot.ordinal) }
        } else if optOutAfter != nil || optOutBefore != nil {
            let start = account.firstOptOut(after: optOutAfter ?? -.infinity)
            for optOut in account.optOuts[start...] {
                if let optOutBefore, optOut.date >= optOutBefore { break }
                found.insert(optOut.ordinal)
            }
        } else if !listIDs.isEmpty {
            found = account.members(ofLists: listIDs)
        } else if statuses == ["unsubscribed"] {
            found = account.unsubscribed
        } else if statuses == ["deleted"] {
            found = account.deleted
        } else {
            return nil
        }
        // What a contact was a moment ago may still be what collections show.
        found.formUnion(account.recentlyChanged)
        return found
    }

    /// The first contact that can match, where contacts are in the order of their creation.
    func start(in account: AccountState) -> Int {
        guard let createdAfter, account.isOrderedByCreation else { return 0 }
        return account.firstContact(createdAfter: createdAfter)
    }
}

/// Ids as they appear in paths and bodies.
enum Identifier {
    /// Whether a text has the form of a UUID.
    static func isUUID(_ text: String) -> Bool {
        let bytes = text.utf8
        guard bytes.count == 36 else { return false }
        var index = 0
        for byte in bytes {
            let isHyphen = index == 8 || index == 13 || index == 18 || index == 23
            guard isHyphen ? byte == UInt8(ascii: "-") : isHexDigit(byte) else { return false }
            index += 1
        }
        return true
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
