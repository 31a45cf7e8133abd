import Reconciliation
import Testing

/// The digest of a set of rows, over seeded sets.
///
/// The hash here is no cryptographic one: what is tested is the fold, and that every part of a row reaches the hash.
@Suite struct ConvergenceDigestTests {
    @Test func orderDoesNotMatter() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let rows = Self.rows(&random)
            let shuffled = rows.shuffled(using: &random)
            return Self.digest(rows) == Self.digest(shuffled) ? nil : "another order, another digest"
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    @Test func partsJoinToTheWhole() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let rows = Self.rows(&random)
            let cut = random.below(rows.count + 1)
            var joined = Self.digest(Array(rows[..<cut]))
            joined.join(Self.digest(Array(rows[cut...])))
            return joined == Self.digest(rows) ? nil : "cut at \(cut), the parts join to another digest"
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    @Test func aRowThatComesTwiceCountsTwice() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let rows = Self.rows(&random)
            let again = random.pick(rows)
            let once = Self.digest(rows)
            let twice = Self.digest(rows + [again])
            let thrice = Self.digest(rows + [again, again])
            if once == twice || once.text == twice.text { return "a second one is lost" }
            // An exclusive-or would be back at the start here.
            return once.text == thrice.text ? "two more cancel out" : nil
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    @Test func anySingleChangeChangesIt() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            var rows = Self.rows(&random)
            let before = Self.digest(rows)
            let index = random.below(rows.count)
            let change = random.below(9)
            Self.change(&rows, index, change)
            return Self.digest(rows) == before ? "change \(change) does not show" : nil
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    @Test func itIsReadBackAsItWasStored() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            let digest = Self.digest(Self.rows(&random))
            let read = ConvergenceDigest(text: digest.text, count: digest.count)
            return read == digest ? nil : "\(digest.text) reads as \(read?.text ?? "nothing")"
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    @Test func theSumCarriesAndWraps() {
        func hash(_ first: UInt8) -> ConvergenceDigest.Hash { { _ in [UInt8](repeating: first, count: 32) } }
        var digest = ConvergenceDigest()
        let row = ConvergenceRow(address: Make.address("a@x.org"), consent: .mailable, isListed: true, isOnMaster: true)
        digest.add(row, hash: hash(255))
        #expect(digest.text == String(repeating: "f", count: 64))
        // One more wraps around: 2^256 - 1 plus itself is 2^256 - 2.
        digest.add(row, hash: hash(255))
        #expect(digest.text == String(repeating: "f", count: 63) + "e")
        digest.add(row) { _ in [2] + [UInt8](repeating: 0, count: 31) }
        #expect(digest.text == String(repeating: "0", count: 64))
        #expect(digest.count == 3)
        #expect(digest != ConvergenceDigest())
    }

    @Test func whatIsNoDigestIsNotRead() {
        #expect(ConvergenceDigest(text: "", count: 0) == nil)
        #expect(ConvergenceDigest(text: String(repeating: "g", count: 64), count: 0) == nil)
        #expect(ConvergenceDigest(text: String(repeating: "0", count: 64), count: -1) == nil)
        #expect(ConvergenceDigest(text: ConvergenceDigest().text, count: 0) == ConvergenceDigest())
    }

    @Test func noTwoRowsHaveTheSameBytes() {
        func row(_ first: String, _ last: String, _ fields: [String: String]) -> [UInt8] {
            ConvergenceRow(
                address: Make.address("a@x.org"),
                consent: .mailable,
                isListed: true,
                isOnMaster: false,
                firstName: first,
                lastName: last,
                fields: fields
            ).canonicalBytes
        }
        let rows = [
            row("ab", "c", [:]), row("a", "bc", [:]), row("abc", "", [:]), row("", "abc", [:]),
            row("a", "b", ["c": ""]), row("a", "b", ["": "c"]), row("a", "b", ["c": "d", "e": "f"]),
            row("a", "b", ["c": "f", "e": "d"]), row("a", "b", ["cd": "ef"]),
        ]
        #expect(Set(rows).count == rows.count)
    }

    // MARK: Support

    private static func digest(_ rows: [ConvergenceRow]) -> ConvergenceDigest {
        ConvergenceDigest(rows, hash: mixed)
    }

    /// 32 bytes that depend on every byte and its place.
    private static func mixed(_ bytes: [UInt8]) -> [UInt8] {
        var hashed: [UInt8] = []
        for lane in 0..<4 as Range<UInt64> {
            var random = SplitMix64(seed: lane)
            var word: UInt64 = lane &+ 0xCBF2_9CE4_8422_2325
            for byte in bytes { word = (word ^ UInt64(byte)) &* 0x100_0000_01B3 ^ random.next() >> 7 }
            var last = SplitMix64(seed: word)
            let end = last.next()
            for shift in stride(from: 0, to: 64, by: 8) {
                hashed.append(UInt8(truncatingIfNeeded: end >> UInt64(shift)))
            }
        }
        return hashed
    }

    private static func rows(_ random: inout SplitMix64) -> [ConvergenceRow] {
        (0...random.below(12)).map { index in
            ConvergenceRow(
                address: Make.address("p\(index)@example.org"),
                consent: random.pick(ConvergenceRow.Consent.allCases),
                isListed: random.chance(1, of: 2),
                isOnMaster: random.chance(1, of: 2),
                firstName: random.pick(["", "Ada", "Grace"]),
                lastName: random.pick(["", "Byron", "Hopper"]),
                fields: random.chance(1, of: 2) ? ["city": random.pick(["", "Bath", "York"])] : [:]
            )
        }
    }

    private static func change(_ rows: inout [ConvergenceRow], _ index: Int, _ change: Int) {
        switch change {
        case 0: rows[index].address = Make.address("changed@example.org")
        case 1: rows[index].consent = rows[index].consent == .mailable ? .optedOut : .mailable
        case 2: rows[index].isListed.toggle()
        case 3: rows[index].isOnMaster.toggle()
        case 4: rows[index].firstName += "x"
        case 5: rows[index].lastName += "x"
        case 6: rows[index].fields["city", default: ""] += "x"
        case 7: rows.remove(at: index)
        default: rows.append(rows[index])
        }
    }
}
