/// A set of small integers as a bitmap: ordered, and cheap to count and to walk from any position.
///
/// Contacts are numbered in the order of their creation, so a set of contacts (the members of a list, everyone who is
/// unsubscribed) is one bit for each contact of the account, and a page of it is found without walking what lies before.
struct OrdinalSet {
    private var words: [UInt64] = []

    /// How many members the set has.
    private(set) var count = 0

    /// Adds a member; false when it was there.
    @discardableResult
    mutating func insert(_ ordinal: Int) -> Bool {
        let (word, mask) = Self.place(ordinal)
        if word >= words.count {
            words.append(contentsOf: repeatElement(0, count: word + 1 - words.count))
        }
        guard words[word] & mask == 0 else { return false }
        words[word] |= mask
        count += 1
        return true
    }

    /// Takes a member out; false when it was not there.
    @discardableResult
    mutating func remove(_ ordinal: Int) -> Bool {
        let (word, mask) = Self.place(ordinal)
        guard word < words.count, words[word] & mask != 0 else { return false }
        words[word] &= ~mask
        count -= 1
        return true
    }

    /// Whether the set has this member.
    func contains(_ ordinal: Int) -> Bool {
        let (word, mask) = Self.place(ordinal)
        return word < words.count && words[word] & mask != 0
    }

    /// The least member that is not below a bound; nil when there is none.
    func first(from bound: Int) -> Int? {
        var word = bound >> 6
        guard word < words.count else { return nil }
        var rest = words[word] & (~0 << UInt64(bound & 63))
        while rest == 0 {
            word += 1
            guard word < words.count else { return nil }
            rest = words[word]
        }
        return word << 6 + rest.trailingZeroBitCount
    }

    /// Adds every member of another set.
    mutating func formUnion(_ other: OrdinalSet) {
        if other.words.count > words.count {
            words.append(contentsOf: repeatElement(0, count: other.words.count - words.count))
        }
        var total = 0
        for word in words.indices {
            if word < other.words.count { words[word] |= other.words[word] }
            total += words[word].nonzeroBitCount
        }
        count = total
    }

    /// How many members are not in another set.
    func count(excluding other: OrdinalSet) -> Int {
        var total = 0
        for word in words.indices {
            let excluded = word < other.words.count ? other.words[word] : 0
            total += (words[word] & ~excluded).nonzeroBitCount
        }
        return total
    }

    /// Every member in ascending order.
    var members: [Int] {
        var found: [Int] = []
        found.reserveCapacity(count)
        var next = first(from: 0)
        while let member = next {
            found.append(member)
            next = first(from: member + 1)
        }
        return found
    }

    private static func place(_ ordinal: Int) -> (word: Int, mask: UInt64) {
        (ordinal >> 6, 1 << UInt64(ordinal & 63))
    }
}
