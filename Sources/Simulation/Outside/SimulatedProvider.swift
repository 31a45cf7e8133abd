import Bridge
import Reconciliation
import Store
import Synchronization

/// A provider account in memory, as constant-contact.md has it: imports bring nobody back, an unsubscribe empties the
/// lists, bulk changes end after some looks; or as mailchimp.md has it, where its shape says so.
package final class SimulatedProvider: EmailProvider {
    package struct Contact: Sendable, Hashable {
        package var contact: ProviderContact
        package var createdAt: Timestamp
    }

    package struct Activity: Sendable {
        package var change: BulkChange
        package var looksLeft: Int
        package var result: ActivityResult?
    }

    package struct State: Sendable {
        package var contacts: [ContactID: Contact] = [:]
        package var lists: [ListID: ProviderList] = [:]
        package var activities: [ActivityID: Activity] = [:]
        package var lastID = 0
        /// Looks that a bulk change takes.
        package var looks = 1
        /// Whether a bulk change takes effect when it is handed over, or when it ends.
        package var worksAtOnce = true
        /// Addresses that imports refuse by name.
        package var refused: Set<Address> = []
        /// An address for which a whole import is refused.
        package var poison: String?
        /// How many imports, removals and single writes took effect.
        package var imports: [[String]] = []
        package var removals = 0
        package var singleWrites = 0
        /// What the provider's history of a contact shows; nothing where there is none.
        package var history: [ContactID: [OptOutSighting]] = [:]
        /// Contacts of which the provider says nothing any more.
        package var forgotten: Set<ContactID> = []
        /// Who was asked to confirm by a mail of the provider's own.
        package var asked: [ContactID] = []
        /// Anything that the contracts call never: kept, so that tests can say that there is none.
        package var violations: [String] = []
        /// The lists that each contact was put on by calls of this port, as far as it has not left them since.
        package var put: [ContactID: Set<ListID>] = [:]
        /// Contacts that calls of this port made.
        package var made: Set<ContactID> = []
        /// Walks that still are to find nobody, as when a permission was lost.
        package var blindWalks = 0
        /// Contacts that are unsubscribed by a call of this port, with what they were before.
        package var ownUnsubscribes: [ContactID: Permission] = [:]
        /// When a call of this port unsubscribed a contact last, as far as none has taken that back.
        package var unsubscribedAt: [ContactID: Timestamp] = [:]
        /// Addresses of contacts that calls of this port have unsubscribed at some time.
        package var everUnsubscribed: Set<Address> = []
        /// How long an opt-out takes to show in the query for opt-outs, in milliseconds.
        package var indexLag: Int64 = 0
    }

    /// Told of the addresses that a call is about to carry which brings mail to somebody.
    package let adding = Mutex<(@Sendable ([String]) -> Void)?>(nil)

    /// Told of what bulk changes come to, when they take effect.
    package let applying = Mutex<(@Sendable (String) -> Void)?>(nil)
    /// Told of the address of a contact and the one that a call is about to give it.
    package let changing = Mutex<(@Sendable (String, String) -> Void)?>(nil)

    /// Told of each change that is about to be handed over, in bulk or alone.
    package let handing = Mutex<(@Sendable (BulkChange) -> Void)?>(nil)

    /// What happens while a bulk change that was handed over has no answer yet.
    package let whileSubmitting = Mutex<(@Sendable () async -> Void)?>(nil)

    package let state = Mutex(State())
    /// What it reports of its mail; nothing where there is none.
    package let reports = Mutex<SimulatedReports?>(nil)
    package var mailingReports: (any MailingReports)? { reports.withLock { $0 } }
    package let name: String
    package let clock: any WallClock
    package let faults: Faults
    package let capabilities: ProviderCapabilities
    package let shape: Shape

    package init(
        name: String,
        clock: any WallClock,
        faults: Faults,
        pageSize: Int = 4,
        history: Int? = nil,
        shape: Shape = .namesWhoActed
    ) {
        self.name = name
        self.shape = shape
        self.clock = clock
        self.faults = faults
        capabilities = ProviderCapabilities(
            longestAddress: 80,
            longestBulkAddress: 50,
            longestName: 50,
            longestFieldValue: 255,
            listsPerContact: 50,
            removalBatch: 3,
            pageSize: pageSize,
            listsPerRemoval: 50,
            listsPerQuery: 25,
            masterListName: shape == .namesNobody ? nil : "All Workbooks Contacts",
            longestListName: 255,
            requestsPerSecond: 4,
            concurrency: 2,
            dailyLimit: nil,
            sendsWebhooks: shape == .namesNobody,
            optOutHistorySeconds: history,
            sendsConfirmationMail: true,
            traits: shape.traits,
            tellsKnownRows: shape == .namesNobody
        )
    }

    static func nextContact(_ state: inout State) -> ContactID {
        state.lastID += 1
        return ContactID("c\(state.lastID)")
    }

    // MARK: The port

    package func identify() async throws -> ProviderIdentity { ProviderIdentity(accountID: name, organisation: name) }

    package func lists() async throws -> [ProviderList] {
        try await faults.call("\(name).lists") { state.withLock { $0.lists.values.sorted { $0.id < $1.id } } }
    }

    package func createList(named name: String, description: String) async throws -> ProviderList {
        try await faults.call("\(self.name).createList") {
            try state.withLock { state in
                if let there = state.lists.values.first(where: { $0.name == name }) {
                    throw PortError(.conflict(existing: there.id.rawValue), operation: "create list", detail: "taken")
                }
                state.lastID += 1
                let list = ProviderList(id: ListID("list-\(state.lastID)"), name: name, description: description)
                state.lists[list.id] = list
                return list
            }
        }
    }

    package func renameList(_ list: ListID, to name: String) async throws {
        try await faults.call("\(self.name).renameList") { state.withLock { $0.lists[list]?.name = name } }
    }

    package func fields() async throws -> [ProviderField] { [] }

    package func createField(labelled label: String) async throws -> ProviderField {
        ProviderField(id: label, name: label, label: label, dataType: "string", maximumLength: 255)
    }

    package func contacts(_ query: ContactQuery, cursor: String?) async throws -> ContactPage {
        try await faults.call("\(name).contacts") {
            state.withLock { state in
                let seen = clock.now.advanced(milliseconds: -state.indexLag)
                var all = state.contacts.values.filter { matches($0, query, seen: seen) }.sorted {
                    $0.contact.id < $1.contact.id
                }
                if state.blindWalks > 0, query.isWalk {
                    if cursor == nil { state.blindWalks -= 1 }
                    all = []
                }
                let start = cursor.flatMap(Int.init) ?? 0
                let page = all.dropFirst(start).prefix(capabilities.pageSize)
                    .map { shape.shows($0.contact) }
                let end = start + page.count
                return ContactPage(
                    contacts: Array(page),
                    next: end < all.count ? String(end) : nil,
                    serverTime: clock.now
                )
            }
        }
    }

    private func matches(_ stored: Contact, _ query: ContactQuery, seen: Timestamp) -> Bool {
        let contact = stored.contact
        switch query {
        case .everybody: return true
        case .optedOut(let after) where shape == .namesNobody:
            // It can only be asked who changed, whatever changed (mailchimp.md §8).
            return contact.changedAt.map { $0.advanced(bySeconds: 1) > after && $0 <= seen } ?? false
        case .optedOut(let after): return contact.optOutAt.map { $0 > after && $0 <= seen } ?? false
        case .unsubscribed: return contact.permission == .unsubscribed && !contact.isDeleted
        case .deleted: return contact.isDeleted
        case .onLists(let lists): return !contact.isDeleted && !contact.lists.isDisjoint(with: lists)
        case .having(let address): return contact.address == address
        case .created(let after): return stored.createdAt > after && !contact.isDeleted
        }
    }

    package func contact(_ id: ContactID) async throws -> ProviderContact? {
        try await faults.call("\(name).contact") { state.withLock { $0.contacts[id].map { shape.shows($0.contact) } } }
    }

    package func optOuts(of id: ContactID) async throws -> [OptOutSighting]? {
        try await faults.call("\(name).optOuts") {
            state.withLock { $0.forgotten.contains(id) ? nil : $0.history[id] ?? [] }
        }
    }

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
    private static func checkLists(_ lists: [ListID], in state: State, otherwise code: PortError.Code) throws {
        for list in lists where state.lists[list] == nil {
            throw PortError(code, operation: "change lists", detail: "there is no list \(list)")
        }
    }

    private func tellAdding(_ emails: [String]) { adding.withLock { $0 }?(emails) }

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
    private func put(_ row: ContactRow, _ address: Address, onto lists: [ListID], in state: inout State) -> ContactID {
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

    package func upsert(_ row: ContactRow, known: ContactID?, onto lists: [ListID]) async throws -> ProviderContact {
        tellAdding([row.email])
        handing.withLock { $0 }?(.upsert([row], onto: lists))
        return try await faults.call("\(name).upsert") {
            try state.withLock { state in
                guard let address = Address(typed: row.email), !state.refused.contains(address) else {
                    throw PortError(.refused, operation: "upsert", detail: "Invalid email address", status: 400)
                }
                if let known, let held = state.contacts[known]?.contact, held.address != address {
                    return shape.shows(held)
                }
                try Self.checkLists(lists, in: state, otherwise: .refused)
                state.singleWrites += 1
                let id = put(row, address, onto: lists, in: &state)
                guard let held = state.contacts[id] else {
                    throw PortError(.notFound, operation: "upsert", detail: "the contact vanished", status: 404)
                }
                return shape.shows(held.contact)
            }
        }
    }

    package func unsubscribe(
        _ id: ContactID,
        reason: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let before = try await faults.call("\(name).unsubscribe.read") {
            try state.withLock { state in
                guard let contact = state.contacts[id]?.contact else { throw Self.notFound("unsubscribe") }
                return contact
            }
        }
        if before.permission == .unsubscribed || before.permission == .cleaned || shape.isGone(before) {
            return shape.shows(before)
        }
        try await beforeWriting(shape.shows(before))
        let after = try await faults.call("\(name).unsubscribe.write") {
            state.withLock { state in
                state.singleWrites += 1
                if let last = state.unsubscribedAt[id], clock.now < last.advanced(milliseconds: 3_600_000) {
                    state.violations.append("\(before.email) was unsubscribed twice within an hour")
                }
                if shape == .namesNobody { return unsubscribeNamelessly(id, in: &state) ?? before }
                state.ownUnsubscribes[id] = state.contacts[id]?.contact.permission
                // A write revives a contact that was deleted meanwhile (constant-contact.md §6).
                state.contacts[id]?.contact.isDeleted = false
                state.contacts[id]?.contact.permission = .unsubscribed
                state.contacts[id]?.contact.optOutBy = .account
                state.contacts[id]?.contact.optOutAt = clock.now
                state.contacts[id]?.contact.optOutReason = reason
                state.contacts[id]?.contact.lists = []
                return state.contacts[id]?.contact ?? before
            }
        }
        // One whose answer is lost may have come to nothing, so it delays no other.
        state.withLock { $0.unsubscribedAt[id] = clock.now }
        return after
    }

    package func resubscribe(
        _ id: ContactID,
        lists: [ListID],
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let before = try await faults.call("\(name).resubscribe.read") {
            try state.withLock { state in
                guard let contact = state.contacts[id]?.contact else { throw Self.notFound("resubscribe") }
                return contact
            }
        }
        guard before.permission == .unsubscribed else { return before }
        if before.optOutBy != .account, shape == .namesWhoActed {
            throw PortError(.refused, operation: "resubscribe", detail: "the person opted out", status: 400)
        }
        try await beforeWriting(shape.shows(before))
        tellAdding([before.email])
        return try await faults.call("\(name).resubscribe.write") {
            try state.withLock { state in
                try Self.checkLists(lists, in: state, otherwise: .refused)
                state.singleWrites += 1
                if shape == .namesNobody { return try resubscribeNamelessly(id, lists: lists, in: &state) }
                state.unsubscribedAt[id] = nil
                state.ownUnsubscribes[id] = nil
                state.contacts[id]?.contact.isDeleted = false
                state.contacts[id]?.contact.permission = .implicit
                state.contacts[id]?.contact.optOutBy = .unknown
                state.contacts[id]?.contact.optOutAt = nil
                state.contacts[id]?.contact.optInBy = .account
                state.contacts[id]?.contact.optInAt = clock.now
                state.contacts[id]?.contact.lists = Set(lists)
                state.put[id] = Set(lists)
                return state.contacts[id]?.contact ?? before
            }
        }
    }

    package func changeAddress(
        of id: ContactID,
        to email: String,
        beforeWriting: @escaping @Sendable (ProviderContact) async throws -> Void
    ) async throws -> ProviderContact {
        let before = try await faults.call("\(name).changeAddress.read") {
            try state.withLock { try Self.present(id, in: $0) }
        }
        if before.email == email { return shape.shows(before) }
        try await beforeWriting(shape.shows(before))
        changing.withLock { $0 }?(before.email, email)
        return try await faults.call("\(name).changeAddress.write") {
            try state.withLock { state in
                var contact = try Self.present(id, in: state)
                let holder = state.contacts.values.first { $0.contact.address == Address(typed: email) }?.contact.id
                if let holder, holder != id {
                    throw PortError(.conflict(existing: holder.rawValue), operation: "change address", detail: "taken")
                }
                if let address = Address(typed: email), state.refused.contains(address) {
                    throw PortError(.refused, operation: "change address", detail: "Invalid email address", status: 400)
                }
                state.singleWrites += 1
                contact.email = email
                contact.changedAt = clock.now
                state.contacts[id]?.contact = contact
                return shape.shows(contact)
            }
        }
    }

    /// A contact that is there and not deleted.
    private static func present(_ id: ContactID, in state: State) throws -> ProviderContact {
        guard let contact = state.contacts[id]?.contact, !contact.isDeleted else { throw notFound("change address") }
        return contact
    }

    package func requestConfirmation(from id: ContactID, lists: [ListID]) async throws {
        try await faults.call("\(name).requestConfirmation") {
            try state.withLock { state in
                if state.asked.contains(id) {
                    throw PortError(.conflict(existing: nil), operation: "ask", detail: "asked before", status: 409)
                }
                state.asked.append(id)
            }
        }
    }

    static func notFound(_ operation: String) -> PortError {
        PortError(.notFound, operation: operation, detail: "no such contact", status: 404)
    }
}

extension ContactQuery {
    /// Whether the query walks through many contacts to find what is missing.
    fileprivate var isWalk: Bool {
        switch self {
        case .unsubscribed, .onLists, .deleted: true
        case .everybody, .optedOut, .having, .created: false
        }
    }
}

extension Timestamp {
    /// A time that is so much later.
    fileprivate func advanced(milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: self.milliseconds + milliseconds)
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
