/// Why an address differs, in the stable words of `causeway status --json`.
enum DifferenceCode: String, CaseIterable {
    case parked
    case held
    case inFlight = "in-flight"
    case waiting
    case unconfirmed
    case found
    case unexplained
    case stranger

    /// A sentence for people.
    var text: String {
        switch self {
        case .parked: "it cannot go"
        case .held: "somebody has to decide"
        case .inFlight: "a write that carries it is under way"
        case .waiting: "it is marked and decided when its turn comes"
        case .unconfirmed: "what was read back is not what is known: it is believed once another reading says the same"
        case .found: "found by this pass: it is decided next"
        case .unexplained: "there is no reason for it: please report it"
        case .stranger: "on the list by somebody else's doing; it is left there"
        }
    }
}
