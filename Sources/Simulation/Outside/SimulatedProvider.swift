import Bridge
import Reconciliation
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
