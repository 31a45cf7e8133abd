import Reconciliation
import Store

/// Makes the proof of one link, address by address.
struct LinkProver {
    let link: Link
    let view: LinkView
    let crmAccount: AccountID
    let now: Timestamp
    /// What was read back; nil where nothing was.
    let readBack: ReadBack?
    private let held: [Address: HeldContact]
    private var crm = ConvergenceDigest()
    private var shadow = ConvergenceDigest()
    private var provider = ConvergenceDigest()
    private var differing = 0
    private var unexplained = 0
    private var differences: [LinkDigests.Difference] = []
    private var unmarked: [Address] = []
    private var toRead: [ContactID] = []
    private var strangers: Set<Address>

    init(
        link: Link,
        view: LinkView,
        crmAccount: AccountID,
        readBack: ReadBack?,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws {
        self.link = link
        self.view = view
        self.crmAccount = crmAccount
        self.readBack = readBack
        self.now = now
        held = readBack?.held ?? [:]
        strangers = Set(
            try Contacts.onList(view.list, account: link.account, in: connection).filter { !$0.isOurs }.map(\.address)
        )
    }

    /// The addresses that a link is about: its members', and those of the contacts that it put on its list.
    static func addresses(of link: Link, in connection: any SQLConnection) throws -> [Address] {
        try connection.rows("\(LinkRest.addresses(of: link)) ORDER BY 1") { Address(compared: $0.text(0)) }
    }

    /// Takes addresses in, as their views say.
    mutating func add(_ views: [AddressView], in connection: any SQLConnection) throws {
        var suspects: [(view: AddressView, isHeldAsKnown: Bool)] = []
        for address in views {
            let comparison = LinkComparison(address, accountAt: 0, link: view)
            let contact = address.accounts[0].shadow?.contact
            let known = comparison.held(contact.flatMap { HeldContact($0, under: address.accounts[0].rules) })
            if let row = comparison.wanted {
                crm.add(row, hash: LinkProof.hash)
                strangers.remove(address.address)
            }
            if let row = known { shadow.add(row, hash: LinkProof.hash) }
            var agrees = comparison.wanted == known
            if let readBack {
                let read = comparison.held(held[address.address])
                if let read { provider.add(read, hash: LinkProof.hash) }
                let wasRead = contact.map { readBack.hasRead($0.id) || $0.isDeleted } ?? true
                if let contact, read != comparison.wanted || !wasRead { toRead.append(contact.id) }
                if read != comparison.wanted { agrees = false }
            }
            if !agrees { suspects.append((address, comparison.wanted == known)) }
        }
        try explain(suspects, in: connection)
    }

    /// What was found.
    func proof(basis: String, tookMilliseconds: Int64) -> LinkProof {
        var named = differences
        for address in strangers.sorted().prefix(max(0, LinkDigests.keptDifferences - named.count)) {
            named.append(
                LinkDigests.Difference(
                    address: address,
                    code: "stranger",
                    text: "on the list by somebody else's doing; it is left there"
                )
            )
        }
        return LinkProof(
            row: LinkDigests.Row(
                link: link.id,
                asOf: now,
                crm: crm,
                shadow: shadow,
                differing: differing,
                unexplained: unexplained,
                strangers: strangers.count,
                basis: basis,
                tookMilliseconds: tookMilliseconds,
                verified: readBack == nil ? nil : LinkDigests.Verification(at: now, provider: provider, crm: crm)
            ),
            differences: named,
            unmarked: unmarked,
            toRead: toRead
        )
    }

    private mutating func explain(
        _ suspects: [(view: AddressView, isHeldAsKnown: Bool)],
        in connection: any SQLConnection
    ) throws {
        if suspects.isEmpty { return }
        let addresses = suspects.map(\.view.address)
        var marked: Set<Address> = []
        for account in [crmAccount, link.account] {
            marked.formUnion(try Dirty.current(addresses, account: account, in: connection).map(\.address))
        }
        let writing = try Intents.inFlight(among: addresses, account: crmAccount, in: connection)
        for (view, isHeldAsKnown) in suspects {
            differing += 1
            let difference = self.difference(
                view,
                isHeldAsKnown: isHeldAsKnown,
                isMarked: marked.contains(view.address),
                isWriting: writing.contains(view.address)
            )
            if difference.code == DifferenceCode.found.rawValue { unmarked.append(view.address) }
            if [DifferenceCode.found.rawValue, DifferenceCode.unexplained.rawValue].contains(difference.code) {
                unexplained += 1
            }
            if differences.count < LinkDigests.keptDifferences { differences.append(difference) }
        }
    }

    private func difference(
        _ view: AddressView,
        isHeldAsKnown: Bool,
        isMarked: Bool,
        isWriting: Bool
    ) -> LinkDigests.Difference {
        let plan = AddressDecision.plan(for: view, at: now)
        func make(_ code: DifferenceCode, _ text: String? = nil) -> LinkDigests.Difference {
            LinkDigests.Difference(address: view.address, code: code.rawValue, text: text ?? code.text)
        }
        if isHeldAsKnown { return make(.unconfirmed) }
        if view.accounts[0].isInFlight || isWriting { return make(.inFlight) }
        if self.view.standing != .running {
            return make(.held, "the link is held, and its list left as it is; see causeway holds list")
        }
        if let held = plan.held.first { return make(.held, held.detail ?? held.cause.kind.title) }
        // What was read of the contact is held where the decision says no more of it.
        if plan.operations.isEmpty, let cause = view.holds.keys.min(by: { $0.text < $1.text }) {
            return make(.held, cause.kind.title)
        }
        if let parked = plan.parked.first { return make(.parked, parked.reason.text) }
        if view.accounts[0].shadow?.contact.permission == .pendingConfirmation, plan.operations.isEmpty {
            return make(.waiting, "an opt-in there waits for the person's confirmation, and gets no mail before (C10)")
        }
        if isMarked || plan.waits { return make(.waiting) }
        return make(plan.operations.isEmpty ? .unexplained : .found)
    }
}
