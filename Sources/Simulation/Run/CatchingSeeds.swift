/// For each rule or guard that can be broken the seed of a life that notices it, as far as one is known: it is lived
/// first.
///
/// Where lives have changed and it notices no more, the others are lived until one does.
enum CatchingSeeds {
    static let byMutation: [String: UInt64] = [:]
}
