import Reconciliation
import Store

/// One round of decisions for an account, grouped into the calls that carry them out.
struct ProviderRound: Sendable {
    /// A row to be sent, with what is decided about it.
    struct DecidedRow<Content: Sendable>: Sendable {
        var dirty: Dirty.Row
        var content: Content
        /// Whether another write of the same plan goes out in the same round, so that the row stays marked.
        var hasMore: Bool
        /// Whether the address waits for something beside this write, so that it is decided again after a pause.
        var waits = false
    }

    /// Rows by the set of lists that they go to or leave.
    struct Groups<Content: Sendable>: Sendable {
        private var byLists: [[ListID]: [DecidedRow<Content>]] = [:]

        mutating func add(_ row: DecidedRow<Content>, lists: [ListID]) {
            byLists[lists, default: []].append(row)
        }

        /// The groups in a stable order.
        var groups: [(lists: [ListID], rows: [DecidedRow<Content>])] {
            byLists.keys
                .sorted { $0.lexicographicallyPrecedes($1) }
                .map { ($0, byLists[$0] ?? []) }
        }

        var count: Int { byLists.values.reduce(0) { $0 + $1.count } }
    }

    let account: AccountID
    /// Whether anybody may be added: not before the opt-outs of every account were read through.
    let mayAdd: Bool
    /// Whether more addresses wait than the round has: what would fill an import in part goes with them.
    let isCut: Bool
    let settings: EngineSettings

    private(set) var optOutRemovals = Groups<ContactID>()
    private(set) var removals = Groups<ContactID>()
    private(set) var unsubscribes: [DecidedRow<ContactID>] = []
    private(set) var resubscribes: [DecidedRow<(contact: ContactID, lists: [ListID])>] = []
    private(set) var addressChanges: [DecidedRow<AddressChange>] = []
    private(set) var upserts = Groups<OutgoingRow>()
    private(set) var quiet: [(row: Dirty.Row, waits: Bool)] = []
    private(set) var parked: [(address: Address, rows: [ParkedRow])] = []
    private(set) var held: [DecidedHolds] = []

    init(account: AccountID, mayAdd: Bool, isCut: Bool = false, settings: EngineSettings) {
        self.account = account
        self.mayAdd = mayAdd
        self.isCut = isCut
        self.settings = settings
    }

    /// Takes in what was decided about one address.
    mutating func add(_ row: Dirty.Row, _ plan: AddressPlan) {
        parked.append((row.address, plan.parked.filter { $0.subject.isAboutProvider }))
        var removal: (contact: ContactID, lists: [ListID], isOptOut: Bool)?
        var unsubscribe: ContactID?
        var addition: Operation?
        for operation in plan.operations {
            switch operation {
            case .remove(let at, let contact, let lists, let isOptOut) where at == account:
                removal = (contact, lists, isOptOut)
            case .unsubscribe(let at, let contact) where at == account:
                unsubscribe = contact
            case .resubscribe(let at, _, _) where at == account:
                addition = operation
            case .upsert(let at, _, _) where at == account:
                addition = operation
            case .changeAddress(let at, _, _, _) where at == account:
                addition = operation
            default:
                break
            }
        }
        held.append(
            DecidedHolds(
                address: row.address,
                held: plan.held.filter { $0.subject.isAboutProvider },
                isSettled: removal == nil && unsubscribe == nil && addition == nil && !plan.waits,
                waits: plan.waits
            )
        )
        if let unsubscribe {
            unsubscribes.append(DecidedRow(dirty: row, content: unsubscribe, hasMore: removal != nil))
        }
        if let removal {
            let sent = DecidedRow(
                dirty: row,
                content: removal.contact,
                hasMore: unsubscribe != nil || addition != nil,
                waits: plan.waits
            )
            if removal.isOptOut {
                optOutRemovals.add(sent, lists: removal.lists)
            } else {
                removals.add(sent, lists: removal.lists)
            }
        } else if let addition, unsubscribe == nil {
            addAddition(addition, row)
        } else if unsubscribe == nil {
            quiet.append((row, plan.waits))
        }
    }

    private mutating func addAddition(_ operation: Operation, _ row: Dirty.Row) {
        guard mayAdd else {
            quiet.append((row, true))
            return
        }
        switch operation {
        case .resubscribe(_, let contact, let lists):
            resubscribes.append(DecidedRow(dirty: row, content: (contact, lists), hasMore: false))
        case .upsert(_, let outgoing, let lists):
            upserts.add(DecidedRow(dirty: row, content: outgoing, hasMore: false), lists: lists)
        case .changeAddress(_, let contact, let old, let email):
            let change = AddressChange(contact: contact, old: old, email: email)
            addressChanges.append(DecidedRow(dirty: row, content: change, hasMore: false))
        case .flag, .mark, .leavingStatus, .previousStatus, .remove, .unsubscribe:
            break
        }
    }
}

extension HeldRow.Subject {
    /// Whether the row is decided with a provider account; the others are decided with the CRM.
    var isAboutProvider: Bool {
        switch self {
        case .contact: true
        case .address, .record: false
        }
    }

    /// The provider account that it is about; nil where it is about none.
    var account: AccountID? {
        switch self {
        case .contact(let account, _): account
        case .address, .record: nil
        }
    }

    /// The stored spelling.
    var text: String {
        switch self {
        case .address: "address"
        case .record(let id): IntentSubject.record(id)
        case .contact(let account, let contact): IntentSubject.contact(contact, account: account)
        }
    }
}

extension ParkedRow.Subject {
    /// Whether the row is kept with a provider account; the others are kept with the CRM's.
    var isAboutProvider: Bool {
        switch self {
        case .member, .contact: true
        case .record: false
        }
    }
}
