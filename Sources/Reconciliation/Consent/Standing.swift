/// What stands for one address, joined from its consent events.
///
/// The join is associative, commutative and idempotent, so events may arrive in any order and any number of times.
package struct Standing: Hashable, Sendable {
    /// What one source has said, at its latest.
    package struct Said: Hashable, Sendable {
        /// The place of the latest opt-out; `Int64.max` where it is unknown.
        package var optOut: Int64?
        /// The place of the latest opt-in.
        package var optIn: Int64?
        /// Whether the person said it, and whether they complained.
        package var byPerson = false
        package var isComplaint = false

        /// Opt-out beats opt-in at equal or unknown places.
        package var stands: Bool {
            guard let optOut else { return false }
            return optOut >= (optIn ?? Int64.min)
        }
    }

    package private(set) var sources: [ConsentSource: Said] = [:]

    package init() {}

    package init(_ events: some Sequence<ConsentEvent>) {
        for event in events { join(event) }
    }

    /// Takes one event in; events that are not about opting in or out change nothing.
    package mutating func join(_ event: ConsentEvent) {
        switch event.kind {
        case .optOut:
            let place = event.position ?? Int64.max
            sources[event.source, default: Said()].optOut = max(sources[event.source]?.optOut ?? Int64.min, place)
            if event.by == .person { sources[event.source]?.byPerson = true }
            if event.isComplaint { sources[event.source]?.isComplaint = true }
        case .optIn:
            guard let place = event.position else { return }
            sources[event.source, default: Said()].optIn = max(sources[event.source]?.optIn ?? Int64.min, place)
        case .undeliverable, .deliverable:
            return
        }
    }

    /// An address is opted out while an opt-out of any source stands.
    package var isOptedOut: Bool { sources.values.contains { $0.stands } }

    /// Whether an opt-out of this source stands.
    package func stands(_ source: ConsentSource) -> Bool { sources[source]?.stands ?? false }

    /// Whether an opt-out of any other source stands.
    package func stands(otherThan source: ConsentSource) -> Bool {
        sources.contains { $0.key != source && $0.value.stands }
    }
}
