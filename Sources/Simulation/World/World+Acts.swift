import Bridge
import Reconciliation
import Store
import Synchronization

extension World {
    /// The people of a world, and who is known at the providers before Causeway comes.
    func begin() {
        for (id, name) in Self.campaigns.sorted(by: { $0.key < $1.key }) {
            crm.addCampaign(id, name: name, statuses: id == CampaignID(1) ? ["Invited", "Unsubscribed"] : ["Invited"])
        }
        for _ in 1...(plan.isSmall ? 3 : 8) { addRecord(isEarly: true) }
        if plan.isWide { for _ in 1...(plan.changesAddresses ? 4 : 2) { addRecordWithItsOwnAddress() } }
        if plan.isCrowded { settleMany() }
        for email in Self.emails where acts.happens(35) {
            let account = somebodysAccount
            providers[account]?.add(email)
            if acts.happens(plan.asksPeople ? 60 : 25) {
                providers[account]?.personUnsubscribes(email)
                told(email, at: account)
                history.early.insert(History.Place(source: .account(account), address: Address(compared: email)))
            }
        }
        note("people: \(crm.state.withLock { $0.records.values.map(\.short).sorted() })")
    }

    /// Something happens: people, operators and software act as they like.
    func act() {
        if plan.isWide {
            if acts.happens(8) { return wideAct() }
            // A calm life has few acts.
            if acts.happens(plan.isCalm ? 85 : 55), aimedAct() { return }
        }
        if plan.hidesRecords, acts.happens(40), permissionChanges() { return }
        if plan.isCrowded, acts.happens(50) { return manyAct() }
        if plan.followsUp, acts.happens(50), followUp() { return }
        switch acts.below(100) {
        case 0..<14: personUnsubscribes()
        case 14..<18: ownerUnsubscribes()
        case 18..<25: relaySays(isComplaint: acts.happens(25))
        case 25..<33: personReturns()
        case 33..<34: ownerResubscribes()
        case 34..<35: listIsRenamed()
        case 35..<38: mailBounces()
        case 38..<40: contactIsDeleted()
        case 40..<43: personLeavesList()
        case 43..<44: personAsksToReturn()
        case 44..<52: flagIsSet()
        case 52..<61: flagIsCleared()
        case 61..<64: softwareClearsFlag()
        case 64..<65: flagsAreClearedInBulk()
        case 65..<66: databaseIsRestored()
        case 66..<71: addRecord(isEarly: false)
        case 71..<73: recordIsDeleted()
        case 73..<74: recordsAreMerged()
        case 74..<79: addressChanges()
        case 79..<81: addressIsAdded()
        case 81..<83: markIsCleared()
        case 83..<86: nameChanges()
        case 86..<91: memberIsAdded()
        case 91..<94: memberIsRemoved()
        case 94..<98: statusChanges()
        default: sourceReadsEmpty()
        }
    }

    var somebodysAccount: AccountID { acts.pick(accounts) }

    /// A record that is not deleted, where there is one.
    var someRecord: CRMRecord? {
        someRecord(where: { _ in true })
    }

    var someMember: CampaignMember? {
        let all = crm.state.withLock { $0.members.values.filter { !$0.isDeleted }.sorted { $0.id < $1.id } }
        return all.isEmpty ? nil : acts.pick(all)
    }

    private func someContact(
        _ isMeant: (ProviderContact) -> Bool
    ) -> (account: AccountID, provider: SimulatedProvider, contact: ProviderContact)? {
        let account = somebodysAccount
        guard let provider = providers[account] else { return nil }
        let all = provider.state.withLock { state in
            state.contacts.values.map(\.contact).filter { !$0.isDeleted && isMeant($0) }.sorted { $0.id < $1.id }
        }
        return all.isEmpty ? nil : (account, provider, acts.pick(all))
    }

    private func told(_ email: String, at account: AccountID) {
        guard let contact = providers[account]?.contact(email), let address = contact.address else { return }
        history.optedOut(address, at: account, on: contact.optOutAt)
    }

    // MARK: Recipients

    func personUnsubscribes() {
        guard let (account, provider, contact) = someContact({ $0.permission.isSendable }) else { return }
        personUnsubscribes(contact, at: account, provider)
    }

    func personUnsubscribes(_ contact: ProviderContact, at account: AccountID, _ provider: SimulatedProvider) {
        provider.personUnsubscribes(contact.email)
        told(contact.email, at: account)
        note("\(contact.email) unsubscribes at \(account)")
        expectLeavingStatus(contact.email, at: account)
        expectFormerHoldersAreFlagged(contact.email)
        if provider.shape == .namesNobody {
            tellByWebhook(contact.email, at: account, by: acts.happens(80) ? .person : .provider)
        } else if acts.happens(30) {
            send(.optOutReported(report(contact.email, at: account, on: provider.contact(contact.email)?.optOutAt)))
        }
    }

    /// The provider's own webhook, which may be lost or come late as every delivery; it stamps in whole seconds.
    private func tellByWebhook(_ email: String, at account: AccountID, by author: Author) {
        guard acts.happens(80), let provider = providers[account], let contact = provider.contact(email) else { return }
        var said = report(email, at: account, on: provider.shape.shows(contact).changedAt)
        said.by = author
        said.isStampedByAccount = true
        note("a webhook of \(account) is to tell so, by \(author)")
        send(.optOutReported(said))
    }

    private func relaySays(isComplaint: Bool) {
        let account = somebodysAccount
        // A provider with webhooks of its own has no relay.
        guard providers[account]?.shape == .namesWhoActed else { return }
        let email = acts.pick(Self.emails)
        var said = report(email, at: account, on: acts.happens(15) ? nil : providers[account]?.clock.now)
        said.isComplaint = isComplaint
        said.by = acts.happens(70) ? .person : .operator
        note("\(email) opts out by a relay of \(account)\(isComplaint ? ", complaining" : "")")
        send(.optOutReported(said))
    }

    private func report(_ email: String, at account: AccountID, on moment: Timestamp?) -> OptOutReport {
        OptOutReport(
            account: account,
            address: Address(typed: email) ?? Address(compared: email),
            by: .person,
            occurredAt: moment
        )
    }

    private func personReturns() {
        guard
            let (account, provider, contact) = someContact({
                $0.permission == .unsubscribed || $0.permission == .pendingConfirmation
            })
        else { return }
        provider.personReturns(contact.email)
        guard let address = contact.address, let back = provider.contact(contact.email),
            let moment = provider.shape == .namesNobody ? provider.shape.shows(back).changedAt : back.optInAt
        else { return }
        cameBackUnread(contact, address, at: account)
        history.returned(address, at: account, on: moment)
        note("\(contact.email) opts in again at \(account)")
        // Where nobody is named, the return proves itself only after an opt-out that is known to be the person's; and an
        // opt-in under another address says nothing of this one (C11).
        if provider.shape == .namesNobody || movedContacts[account]?[contact.id] != nil { return }
        expect("\(address.text) came back at \(account) and is still opted out there") { world in
            let said = world.history.said(.account(account), address)
            return said?.optOut.map { $0 >= moment.milliseconds } == true || said?.stands != true
        }
    }

    /// Where nobody has read that somebody was away, to Causeway they left their lists.
    private func cameBackUnread(_ contact: ProviderContact, _ address: Address, at account: AccountID) {
        guard history.said(.account(account), address)?.stands != true else { return }
        for list in providers[account]?.state.withLock({ $0.put[contact.id] }) ?? [] {
            history.left(address, list: list, at: account)
        }
    }

    private func personAsksToReturn() {
        guard let (account, provider, contact) = someContact({ $0.permission == .unsubscribed }) else { return }
        provider.edit(contact.email) {
            $0.permission = .pendingConfirmation
            $0.optInBy = .contact
            $0.optInAt = provider.clock.now
        }
        note("\(contact.email) asks to opt in again at \(account) and has not confirmed")
    }

    func mailBounces() {
        let account = somebodysAccount
        let email = acts.pick(Self.emails)
        note("mail of \(account) to \(email) bounces")
        send(
            .bounceReported(
                BounceReport(
                    account: account,
                    address: Address(compared: email),
                    occurredAt: providers[account]?.clock.now
                )
            )
        )
    }

    private func personLeavesList() {
        guard let (account, provider, contact) = someContact({ $0.permission.isSendable && $0.lists.count > 1 }),
            let address = contact.address, provider.shape == .namesWhoActed
        else { return }
        let lists = provider.state.withLock { state in
            contact.lists.filter { state.lists[$0]?.name != Self.master }.sorted()
        }
        guard !lists.isEmpty else { return }
        let list = acts.pick(lists)
        provider.personLeaves(contact.email, list: list)
        history.left(address, list: list, at: account)
        note("\(contact.email) leaves \(list) at \(account)")
        expect("\(address.text) left \(list) at \(account) and was put back") { world in
            world.providers[account]?.contact(contact.email)?.lists.contains(list) != true
        }
    }

    // MARK: The provider's owner

    private func ownerUnsubscribes() {
        guard let (account, provider, contact) = someContact({ $0.permission.isSendable }) else { return }
        provider.personUnsubscribes(contact.email, by: acts.happens(60) ? .account : .unknown)
        told(contact.email, at: account)
        note("the owner of \(account) unsubscribes \(contact.email)")
        expectLeavingStatus(contact.email, at: account)
        if provider.shape == .namesNobody { tellByWebhook(contact.email, at: account, by: .provider) }
    }

    private func ownerResubscribes() {
        guard let (account, provider, contact) = someContact({ $0.permission == .unsubscribed }) else { return }
        ownerResubscribes(contact, at: account, provider)
    }

    func ownerResubscribes(_ contact: ProviderContact, at account: AccountID, _ provider: SimulatedProvider) {
        provider.ownerResubscribes(contact.email)
        if let address = contact.address { cameBackUnread(contact, address, at: account) }
        note("the owner of \(account) subscribes \(contact.email) again")
    }

    func contactIsDeleted() {
        guard let (account, provider, contact) = someContact({ _ in true }) else { return }
        provider.edit(contact.email) { $0.isDeleted = true }
        note("contact \(contact.email) is deleted at \(account)")
        expect("contact \(contact.email) was deleted at \(account) and made again") { world in
            world.providers[account]?.state.withLock { state in
                !state.contacts.values.contains { $0.contact.address == contact.address && !$0.contact.isDeleted }
            } ?? true
        }
    }

    /// Once for each list: one that is renamed again waits for somebody's decision.
    func listIsRenamed() {
        let account = somebodysAccount
        let renamed = providers[account]?.state.withLock { state -> String? in
            let names = Set(Self.campaigns.values)
            let all = state.lists.values.filter { names.contains($0.name) }.sorted { $0.id < $1.id }
            guard let list = all.first, renamedLists.insert(list.id).inserted else { return nil }
            state.lists[list.id]?.name = "\(list.name), renamed"
            return list.name
        }
        if let renamed { note("the list \(renamed) is renamed at \(account)") }
    }

    /// How many bulk changes took contacts off lists so far.
    var removals: Int {
        providers.values.reduce(0) { sum, provider in sum + provider.state.withLock { $0.removals } }
    }

    private func sourceReadsEmpty() {
        if acts.happens(40) {
            crm.state.withLock { $0.blindScans += 1 }
            note("the next scan of members will find nobody")
            expectNobodyLeaves("a scan of members that found nobody")
        } else if acts.happens(40) {
            let account = somebodysAccount
            let email = acts.pick(Self.emails)
            providers[account]?.state.withLock { $0.poison = email }
            history.refuses(Address(compared: email))
            note("\(account) will refuse every import with \(email)")
        } else {
            let account = somebodysAccount
            providers[account]?.state.withLock { $0.blindWalks += 1 }
            note("the next walk at \(account) will find nobody")
        }
    }

    // MARK: Deliveries

    /// A provider's webhook that only says that something about a contact has changed.
    func tellOfChange(_ address: Address, at account: AccountID) { send(.changeHinted(.contact(account, address))) }

    private func send(_ observation: Observation) {
        let late = plan.isCalm ? 0 : (acts.happens(30) ? acts.below(12) : 0)
        send(observation, after: late)
    }

    /// Notifications from the CRM that come together.
    func hintAtOnce(_ hints: [ChangeHint]) {
        for hint in hints { send(.changeHinted(hint), after: 0) }
    }

    private func send(_ observation: Observation, after steps: Int) {
        lastMessage += 1
        let account: AccountID =
            switch observation {
            case .optOutReported(let report): report.account
            case .bounceReported(let report): report.account
            case .contactRead(let account, _), .changeHinted(.contact(let account, _)): account
            case .recordRead, .memberRead, .changeHinted: Self.crmAccount
            }
        messages.append(
            Message(id: "message \(lastMessage)", account: account, observation: observation, due: step + steps)
        )
    }

    /// A notification from the CRM: a hint that something can be read.
    func hint(_ hint: ChangeHint) {
        if acts.happens(25) { send(.changeHinted(hint)) }
    }

    /// After a calm opt-out, whoever had the address until lately is flagged, too (design §3).
    private func expectFormerHoldersAreFlagged(_ email: String) {
        guard let address = Address(typed: email).map(history.known) else { return }
        expect("\(email) opted out, and who had it until lately is not flagged") { world in
            let former = try world.database.look { connection in
                try connection.rows("SELECT kind, id FROM former_address WHERE address = \(address.text)") {
                    RecordID($0.text(0) == "lead" ? .lead : .person, $0.int(1))
                }
            }
            return former.compactMap { world.crm.record($0) }.allSatisfy {
                $0.isDeleted || $0.isOptedOut || world.isDisputed($0) || world.crm.hidden.contains($0.id)
            }
        }
    }

    /// After a calm opt-out at a provider, members of linked campaigns are no longer invited.
    private func expectLeavingStatus(_ email: String, at account: AccountID) {
        guard let address = Address(typed: email) else { return }
        let stood = history.sources(of: address).contains { if case .account = $0 { true } else { false } }
        if stood { return }
        expect("members of \(email) kept their status though it was unsubscribed at \(account)") { world in
            try world.membersWithoutLeavingStatus(address).isEmpty
        }
    }
}

extension CRMRecord {
    var short: String {
        "\(id) \(mainEmail)\(otherEmails.isEmpty ? "" : " (\(otherEmails))")\(isOptedOut ? " flagged" : "")"
    }
}
