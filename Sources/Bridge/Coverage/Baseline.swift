/// Why a reading of everybody is a baseline (design §3, *After a restore, a gap or a reconnection*).
enum Baseline: Sendable, Hashable {
    /// The account was never read.
    case first
    /// The database was put back from a backup: what Causeway wrote since is on no record of its own.
    case restored
}
