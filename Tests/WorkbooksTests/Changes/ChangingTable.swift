import Bridge
import Reconciliation
import Workbooks

/// A table whose rows change while it is polled, and are committed up to two minutes after their stamp.
struct ChangingTable {
    private struct Version {
        var id: Int64
        var version: Int64
        var second: Int64
        var committedAt: Int64
    }

    private static let rows = 30

    private var random: Generator
    private let walk: ChangeWalk
    private var versions: [Version] = []
    private var seen: Set<String> = []
    /// The time of the server in seconds; the reader's wall clock is off by an hour.
    private var now: Int64 = 100_000
    private var position: ChangePosition
    /// The requests of a poll after everything has come to rest.
    private(set) var quietRequests = 0

    init(seed: UInt64, walk: ChangeWalk) {
        random = Generator(state: seed)
        self.walk = walk
        position = walk.resting(at: 0, foundAt: Timestamp(seconds: 0))
    }

    /// The rows whose last version no poll has shown.
    var unseen: [Int64] {
        current(at: .max).filter { !seen.contains("\($0.id).\($0.version)") }.map(\.id)
    }

    /// Lets rows change and polls them, then lets everything come to rest and polls on.
    mutating func run() {
        for _ in 0..<40 {
            changeSome()
            poll(pausingUpTo: random.chance(1, in: 4) ? 200 : 2)
            now += random.below(90)
        }
        for _ in 0..<20 {
            now += 100
            poll(pausingUpTo: 1)
        }
        quietRequests = poll(pausingUpTo: 1)
    }

    /// Polls to the end; rows go on changing between the pages.
    @discardableResult
    private mutating func poll(pausingUpTo longest: Int64) -> Int {
        var requests = 0
        var isLast = false
        while !isLast, requests < 10_000 {
            requests += 1
            let began = wallClock
            let page = page(walk.criterion(after: position))
            for row in page { seen.insert("\(row.id).\(row.version)") }
            now += random.below(longest + 1)
            var newest: Int64?
            if walk.needsNewestSecond(after: position, rows: page.count) {
                let elapsed = wallClock.seconds - began.seconds
                newest = current(at: now).map(\.second).max().map { $0 - elapsed }
            }
            let stamps = page.map { ChangeWalk.Stamp(second: $0.second, id: $0.id) }
            (position, isLast) = walk.next(after: position, page: stamps, began: began, newest: newest)
            if longest > 1, random.chance(1, in: 8) { changeSome() }
        }
        return requests
    }

    private var wallClock: Timestamp { Timestamp(seconds: now + 3600) }

    private mutating func changeSome() {
        for _ in 0..<random.below(8) {
            let id = random.below(Int64(Self.rows)) + 1
            // A row is locked from its stamp to its commit, so its next version is stamped after that.
            let last = versions.last { $0.id == id }
            let stamp = max(now, last?.committedAt ?? 0)
            let late = random.chance(1, in: 3) ? random.below(120) : 0
            versions.append(
                Version(id: id, version: (last?.version ?? 0) + 1, second: stamp, committedAt: stamp + late)
            )
        }
        now += random.below(3)
    }

    /// The rows as they can be read at a moment.
    private func current(at moment: Int64) -> [Version] {
        var rows: [Int64: Version] = [:]
        // From the latest version of a row back to the one that was committed last.
        for version in versions.reversed() where version.committedAt <= moment && rows[version.id] == nil {
            rows[version.id] = version
            if rows.count == Self.rows { break }
        }
        return Array(rows.values)
    }

    private func page(_ criterion: ChangeWalk.Criterion) -> [Version] {
        let rows = current(at: now)
        let found =
            switch criterion {
            case .since(let second): rows.filter { $0.second >= second }
            case .within(let second, let id): rows.filter { $0.second == second && $0.id > id }
            }
        return Array(found.sorted { ($0.second, $0.id) < ($1.second, $1.id) }.prefix(walk.pageSize))
    }
}

/// A small generator that gives the same numbers for the same seed.
private struct Generator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int64) -> Int64 { Int64(next() % UInt64(bound)) }
    mutating func chance(_ part: Int64, in whole: Int64) -> Bool { below(whole) < part }
}
