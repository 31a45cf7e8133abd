import Bridge
import Reconciliation
import Store
import Synchronization

/// Bulk changes: handed over, looked after, and carried out at once or when they end.
extension SimulatedProvider {
    package func bulkKind(of row: ContactRow) -> BulkKind { shape.bulkKind(of: row) }

    package func packing(of rows: [ContactRow], onto lists: [ListID]) -> [Int] { rows.chunks(of: 10).map(\.count) }

    package func submit(_ change: BulkChange) async throws -> Submission {
        if case .upsert(let rows, _) = change { tellAdding(rows.map(\.email)) }
        handing.withLock { $0 }?(change)
        if let happening = whileSubmitting.withLock({ $0 }) { await happening() }
        return try await faults.call("\(name).submit") {
            try state.withLock { state in
                switch change {
                case .upsert(_, let lists): try Self.checkLists(lists, in: state, otherwise: .refused)
                case .remove(_, let lists): try Self.checkLists(lists, in: state, otherwise: .notFound)
                }
                if case .upsert(let rows, _) = change, rows.contains(where: { $0.email == state.poison }) {
                    throw PortError(.refused, operation: "import", detail: "invalid row", status: 400)
                }
                state.lastID += 1
                let id = ActivityID("a\(state.lastID)")
                if shape == .namesNobody, !change.isChange { return .ended(apply(change, in: &state)) }
                var activity = Activity(change: change, looksLeft: state.looks, result: nil)
                if state.worksAtOnce { activity.result = apply(change, in: &state) }
                state.activities[id] = activity
                return .underWay(id)
            }
        }
    }

    package func progress(of activities: [ActivityID]) async throws -> [ActivityID: ActivityProgress] {
        try await faults.call("\(name).progress") {
            state.withLock { state in
                var found: [ActivityID: ActivityProgress] = [:]
                for id in state.activities.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                    guard activities.contains(id), var activity = state.activities[id] else { continue }
                    activity.looksLeft -= 1
                    if activity.looksLeft <= 0, activity.result == nil {
                        activity.result = apply(activity.change, in: &state)
                    }
                    state.activities[id] = activity
                    found[id] = activity.looksLeft <= 0 ? activity.result.map { .ended($0) } : .running
                }
                return found
            }
        }
    }

    /// Ends what nobody asks after any more, as the provider's own workers do.
    package func finishForgottenActivities() {
        state.withLock { state in
            for id in state.activities.keys.sorted(by: { $0.rawValue < $1.rawValue })
            where state.activities[id]?.result == nil {
                guard let change = state.activities[id]?.change else { continue }
                let result = apply(change, in: &state)
                state.activities[id]?.result = result
            }
        }
    }

    /// A list that is not there is refused, by whatever names it (constant-contact.md §6.2, §6.5).
    static func checkLists(_ lists: [ListID], in state: State, otherwise code: PortError.Code) throws {
        for list in lists where state.lists[list] == nil {
            throw PortError(code, operation: "change lists", detail: "there is no list \(list)")
        }
    }

    func tellAdding(_ emails: [String]) { adding.withLock { $0 }?(emails) }

    private func apply(_ change: BulkChange, in state: inout State) -> ActivityResult {
        applying.withLock { $0 }?("\(name) carries out \(change.summary)")
        switch change {
        case .upsert(let rows, let lists): return importRows(rows, onto: lists, in: &state)
        case .remove(let contacts, let lists):
            state.removals += 1
            for id in contacts.map(\.id) {
                state.contacts[id]?.contact.lists.subtract(lists)
                state.put[id]?.subtract(lists)
            }
            return ActivityResult(completed: true, state: "completed")
        }
    }

    private func importRows(_ rows: [ContactRow], onto lists: [ListID], in state: inout State) -> ActivityResult {
        var result = ActivityResult(completed: true, state: "completed", rowsRead: rows.count)
        state.imports.append(rows.map(\.email))
        for (index, row) in rows.enumerated() {
            guard let address = Address(typed: row.email) else { continue }
            if state.refused.contains(address) {
                result.rowErrors.append((index, "Invalid email address"))
                continue
            }
            if row.email.utf8.count > capabilities.longestBulkAddress {
                state.violations.append("\(row.email) is too long for an import")
            }
            if shape == .namesNobody, let text = shape.refusal(of: row, by: state, having: address) {
                result.rowErrors.append((index, text))
                continue
            }
            let id = put(row, address, onto: lists, in: &state)
            if shape == .namesNobody {
                if let contact = state.contacts[id]?.contact { result.contacts.append(shape.shows(contact)) }
                continue
            }
            if state.contacts.values.contains(where: {
                $0.contact.address == address && $0.contact.permission == .unsubscribed
            }) {
                result.unnamedRefusals += 1
            }
        }
        return result
    }

    /// Only what is given changes; who is unsubscribed stays so and comes to no list (constant-contact.md §6.2).
    @discardableResult
    func put(_ row: ContactRow, _ address: Address, onto lists: [ListID], in state: inout State) -> ContactID {
        let known = state.contacts.values.first { $0.contact.address == address }?.contact.id
        let id = known ?? Self.nextContact(&state)
        var stored =
            state.contacts[id]
            ?? Contact(
                contact: ProviderContact(
                    id: id,
                    email: row.email,
                    permission: shape == .namesNobody ? .explicit : .implicit,
                    optInBy: .account,
                    optInAt: clock.now,
                    changedAt: clock.now
                ),
                createdAt: clock.now
            )
        if !row.isHeld { stored.contact.changedAt = clock.now }
        if !row.firstName.isEmpty { stored.contact.firstName = row.firstName }
        if !row.lastName.isEmpty { stored.contact.lastName = row.lastName }
        stored.contact.fields.merge(row.fields) { $1 }
        stored.contact.isDeleted = false
        // Whoever the account has can hold a tag (mailchimp.md §7); lists are for who may be mailed.
        if stored.contact.permission != .unsubscribed || shape == .namesNobody {
            state.put[id, default: []].formUnion(Set(lists).subtracting(stored.contact.lists))
            stored.contact.lists.formUnion(lists)
        }
        if known == nil { state.made.insert(id) }
        state.contacts[id] = stored
        return id
    }
}

extension BulkChange {
    /// What is done to whom, in short.
    fileprivate var summary: String {
        switch self {
        case .upsert(let rows, let lists): "an import of \(rows.map(\.email)) onto \(lists)"
        case .remove(let contacts, let lists): "a removal of \(contacts.map(\.id)) from \(lists)"
        }
    }
}
