import Reconciliation
import Store

/// What calls took off lists and emptied of late, to be held against the breaker's limits (design §4).
struct Runs {
    /// What is counted together: one list's removals, or one account's emptied fields.
    struct Place: Hashable {
        var account: AccountID
        /// Nil for emptied fields.
        var list: ListID?
    }

    private struct Row {
        var at: Timestamp
        var address: Address
    }

    private var rows: [Place: [Row]] = [:]
    private var released: Set<Address> = []

    /// An operator lets what is held of these addresses go.
    mutating func release(_ addresses: [Address]) { released.formUnion(addresses) }

    func isReleased(_ address: Address) -> Bool { released.contains(address) }

    /// How many rows were noted of a place.
    func count(of place: Place) -> Int { rows[place]?.count ?? 0 }

    /// Notes what a call is about to do.
    ///
    /// - Returns: how many addresses it is within a day, those that somebody has released aside.
    mutating func note(_ addresses: [Address], of place: Place, at now: Timestamp) -> Int {
        // What was judged earlier than it went can be out of the engine's day, and still in one that is counted here.
        let dayAgo = now.advanced(bySeconds: -82_800)
        var all = (rows[place] ?? []).filter { $0.at >= dayAgo }
        all += addresses.map { Row(at: now, address: $0) }
        rows[place] = all
        return Set(all.map(\.address)).subtracting(released).count
    }
}
