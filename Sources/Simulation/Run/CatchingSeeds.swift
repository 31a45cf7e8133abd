/// For each rule or guard that can be broken the seed of a life that notices it, as far as one is known: it is lived
/// first.
///
/// Where lives have changed and it notices no more, the others are lived until one does.
package enum CatchingSeeds {
    static let byMutation: [String: UInt64] = [
        "C1": 1,
        "C1 elsewhere": 1,
        "C1 flag": 1,
        "C1 status": 1,
        "C10": 11,
        "C11": 33,
        "C12 bulk": 16,
        "C12 restored": 1,
        "C12 software": 4,
        "C13": 55,
        "C2": 26,
        "C3": 8,
        "C4": 3,
        "C5": 42,
        "C5 followers": 5,
        "C6": 15,
        "C7": 12,
        "C7 proof": 23,
        "C7 status": 5,
        "C8": 1,
        "C8 lists": 1,
        "C8 mark": 1,
        "C9": 87,
        "baseline": 8,
        "budget": 113,
        "departure": 51,
        "erasure": 83,
        "holds": 24,
        "in flight": 26,
        "leaving": 6,
        "leaving status": 49,
        "lists of held links": 188,
        "off the lists": 1,
        "own flags": 1,
        "own unsubscribes": 1,
        "reading back": 1,
        "reserve": 176,
        "watching": 1,
    ]

    /// Whether a life is known that notices.
    package static func isKnown(_ mutation: Mutation) -> Bool { byMutation[mutation.name] != nil }
}
