/// What stands for one address, joined from its consent events.
///
/// The join is associative, commutative and idempotent, so events may arrive in any order and any number of times.
package struct Standing: Hashable, Sendable {
    /// What one source has said, at its latest.
    package struct Said: Hashable, Sendable {
        /// The place of the latest opt-out; `Int64.max` where it is unknown.
        package private(set) var optOut: Int64?
        /// The place of the latest opt-in.
        package private(set) var optIn: Int64?
        private var optOutByPerson: Int64?
        private var optOutByOperator: Int64?
        private var complaint: Int64?

        /// Opt-out beats opt-in at equal or unknown places.
        package var stands: Bool { stands(optOut) }

        /// Whether an opt-out that stands is the person's own.
        package var byPerson: Bool { stands(optOutByPerson) }

        /// Whether an opt-out that stands is a complaint.
        package var isComplaint: Bool { stands(complaint) }

        fileprivate init() {}

        /// Who said what stands: the person where any of it is theirs, then an operator.
        fileprivate func author(at source: ConsentSource) -> Author {
            if byPerson { return .person }
            if case .record = source { return .crm }
            return stands(optOutByOperator) ? .operator : .provider
        }

        fileprivate mutating func join(optOut event: ConsentEvent) {
            let place = event.position ?? Int64.max
            optOut = Self.later(optOut, place)
            if event.by == .person { optOutByPerson = Self.later(optOutByPerson, place) }
            if event.by == .operator { optOutByOperator = Self.later(optOutByOperator, place) }
            if event.isComplaint { complaint = Self.later(complaint, place) }
        }

        fileprivate mutating func join(optInAt place: Int64) {
            optIn = Self.later(optIn, place)
        }

        private func stands(_ place: Int64?) -> Bool {
            guard let place else { return false }
            return place >= optIn ?? Int64.min
        }

        private static func later(_ known: Int64?, _ place: Int64) -> Int64 { max(known ?? place, place) }
    }

    package private(set) var sources: [ConsentSource: Said] = [:]

    package init() {}

    package init(_ events: some Sequence<ConsentEvent>) {
        for event in events { join(event) }
    }

    /// What stands by the ledger's rows, the acts of operators on holds among them.
    ///
    /// Such an act is an opt-in by an operator whose position is a row of the ledger: it lifts the opt-outs of its
    /// source up to that row, and none that arrived later, however early it occurred.
    package init(ledger rows: some Sequence<(sequence: Int64, event: ConsentEvent)>) {
        var lifted: [ConsentSource: Int64] = [:]
        for (_, event) in rows where event.isOperatorsAct {
            guard let row = event.position else { continue }
            lifted[event.source] = max(lifted[event.source] ?? row, row)
        }
        for (sequence, event) in rows {
            if event.kind == .optOut, let row = lifted[event.source], sequence <= row { continue }
            join(event)
        }
    }

    /// Takes one event in; events that are not about opting in or out change nothing.
    package mutating func join(_ event: ConsentEvent) {
        switch event.kind {
        case .optOut:
            sources[event.source, default: Said()].join(optOut: event)
        case .optIn where event.isOperatorsAct:
            // It names rows of the ledger, not a place among the events of its source.
            return
        case .optIn:
            // Without a place nothing shows that it is later than what stands.
            guard let place = event.position else { return }
            sources[event.source, default: Said()].join(optInAt: place)
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

    /// Who said what stands at a source; nil where nothing does.
    package func author(at source: ConsentSource) -> Author? {
        guard let said = sources[source], said.stands else { return nil }
        return said.author(at: source)
    }
}
