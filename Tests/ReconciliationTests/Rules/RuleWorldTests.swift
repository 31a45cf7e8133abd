import Reconciliation
import Testing

/// One mini world for each rule of design §3: somebody does something, it is observed, everything is decided and
/// written, and what came of it is held against the rule's row.
@Suite struct RuleWorldTests {
    private let id = RecordID(.person, 1)
    private let lead = RecordID(.lead, 2)
    private let address = Make.address("ada@example.org")
    private let own = ConsentSource.record(RecordID(.person, 1))
    private let campaign = CampaignID(1)

    /// A Person and a Lead of one address, both members, known and on the list at two accounts.
    private func settledWorld() -> World {
        var world = World()
        world.accounts = [
            World.Account(id: Make.account, rules: Make.rules()),
            World.Account(id: Make.otherAccount, rules: Make.rules(account: Make.otherAccount, master: false)),
        ]
        world.read(Make.record(id))
        world.read(Make.record(lead))
        world.join(id, campaign)
        world.join(lead, campaign)
        #expect(world.settle() == nil)
        #expect(isOnLists(world))
        world.now = Make.at(7200)
        return world
    }

    private func contact(_ world: World, _ index: Int) -> ProviderContact? {
        world.accounts[index].contacts[address]?.contact
    }

    private func isOnLists(_ world: World) -> Bool {
        world.accounts.allSatisfy { $0.contacts[address]?.contact.lists.contains(Make.list(1, $0.id)) == true }
    }

    private func isOffLists(_ world: World) -> Bool {
        world.accounts.allSatisfy { account in
            account.contacts[address]?.contact.lists.contains { account.rules.manages($0) } != true
        }
    }

    private func statuses(_ world: World) -> Set<Int64> { Set(world.members.map(\.statusID)) }

    private func flags(_ world: World) -> Set<Bool> { Set(world.records.values.map(\.record.isOptedOut)) }

    private func operations(_ world: World) -> [Operation] { world.plan(address).operations }

    /// The rows of C1 to C4: flagged, off every list, unsubscribed at both accounts; C1 to C3 set the members' statuses.
    private func expectOptedOut(_ world: inout World, _ rule: ConsentRule) {
        let before = statuses(world)
        #expect(world.ledger.last?.rule == rule)
        let records: RuleEffect.Records = rule == .c4 ? .flagged : .flaggedWithStatus
        #expect(rule.effect == RuleEffect(ledger: .optOut, records: records, providers: .offListsAndUnsubscribed))
        #expect(!operations(world).contains { $0.loosens })
        #expect(world.settle() == nil)
        #expect(flags(world) == [true])
        #expect(isOffLists(world))
        #expect(statuses(world) == (rule == .c4 ? before : [Make.status(.unsubscribed, of: campaign)]))
        #expect((0..<2).allSatisfy { contact(world, $0)?.permission == .unsubscribed })
    }

    private func unsubscribed(by actor: ContactActor) -> World {
        var world = settledWorld()
        let moment = world.now
        world.change(address, at: 0) { $0.unsubscribe(by: actor, at: moment) }
        return world
    }

    @Test func c1ThePersonUnsubscribed() {
        var world = unsubscribed(by: .contact)
        expectOptedOut(&world, .c1)
        #expect(contact(world, 0)?.optOutBy == .contact)
        #expect(contact(world, 1)?.optOutBy == .account)
        #expect(world.standing(address).author(at: .account(Make.account)) == .person)
    }

    @Test func c1SetsAMembersStatusOnceForEachOptOut() {
        var world = unsubscribed(by: .contact)
        #expect(world.settle() == nil)
        world.members[0].statusID = Make.status(.attended, of: campaign)
        world.members[0].ownStatus = nil
        #expect(operations(world).isEmpty)
        world.append([Make.event(.optOut, .account(Make.otherAccount), at: 9)])
        #expect(world.settle() == nil)
        #expect(statuses(world) == [Make.status(.unsubscribed, of: campaign)])
    }

    @Test func c2ThePersonComplained() {
        var world = settledWorld()
        let report = OptOutReport(
            account: Make.account,
            address: address,
            by: .provider,
            isComplaint: true,
            occurredAt: world.now
        )
        world.append([report.event(receivedAt: world.now, through: "relay")])
        expectOptedOut(&world, .c2)
        #expect(world.standing(address).sources[.account(Make.account)]?.isComplaint == true)
    }

    @Test(arguments: [(ContactActor.account, Author.operator), (.unknown, .provider)])
    func c3SomebodyElseUnsubscribedTheContact(actor: ContactActor, author: Author) {
        var world = unsubscribed(by: actor)
        expectOptedOut(&world, .c3)
        #expect(world.ledger.last?.by == author)
        world.change(address, at: 0) { $0.optOutBy = .contact }
        #expect(world.standing(address).author(at: .account(Make.account)) == .person)
    }

    @Test func c4TheFlagWasSetInTheCRM() {
        var world = settledWorld()
        world.change(id) { $0.isOptedOut = true }
        expectOptedOut(&world, .c4)
        #expect(world.records[id]?.flagIsOurs == false)
        #expect(world.records[lead]?.flagIsOurs == true)
    }

    @Test func c5AnOperatorClearsTheFlagAndNothingElseStands() {
        var world = settledWorld()
        world.change(id) { $0.isOptedOut = true }
        #expect(world.settle() == nil)
        let reading = world.change(id) { $0.isOptedOut = false }
        #expect(reading?.rule == .c5)
        #expect(ConsentRule.c5.effect.records == .followersCleared)
        #expect(world.settle() == nil)
        #expect(flags(world) == [false])
        #expect(statuses(world) == [Make.status(.added, of: campaign)])
        #expect(isOnLists(world))
        #expect(contact(world, 0)?.permission == .implicit)
    }

    @Test func c5LeavesAStatusThatSomebodyChanged() {
        var world = settledWorld()
        world.change(id) { $0.isOptedOut = true }
        #expect(world.settle() == nil)
        world.members[0].statusID = Make.status(.attended, of: campaign)
        world.members[0].ownStatus = nil
        world.change(id) { $0.isOptedOut = false }
        #expect(world.settle() == nil)
        #expect(
            world.members.map(\.statusID) == [Make.status(.attended, of: campaign), Make.status(.added, of: campaign)]
        )
    }

    @Test func c5TakesNobodyBackWhoTheProviderSaysOptedOut() {
        for actor in [ContactActor.contact, .unknown] {
            var world = settledWorld()
            world.change(id) { $0.isOptedOut = true }
            #expect(world.settle() == nil)
            world.accounts[0].contacts[address]?.contact.optOutBy = actor
            world.change(id) { $0.isOptedOut = false }
            #expect(world.settle() == nil)
            #expect(contact(world, 0)?.permission == .unsubscribed)
            #expect(world.plan(address).parked == [ParkedRow(.contact(Make.account), .unsubscribedThere)])
        }
    }

    private func held(_ world: World) -> [HoldKind] { world.plan(address).held.map(\.cause.kind) }

    @Test func c6AnOperatorClearsTheFlagWhileAnotherSourceStands() {
        var world = unsubscribed(by: .contact)
        #expect(world.settle() == nil)
        let reading = world.change(id) { $0.isOptedOut = false }
        #expect(reading?.rule == .c6)
        #expect(
            ConsentRule.c6.effect
                == RuleEffect(
                    ledger: .liftOwn,
                    records: .disputed,
                    providers: .stayOff,
                    holds: [.disputedFlag]
                )
        )
        #expect(operations(world).isEmpty)
        #expect(held(world) == [.disputedFlag])
        #expect(world.plan(address).held.map(\.subject) == [.record(id)])
        #expect(world.records[id]?.record.isOptedOut == false)
        world.append([Make.event(.optOut, .account(Make.otherAccount), at: 9)])
        #expect(world.settle() == nil)
        #expect(flags(world) == [true])
    }

    @Test func c7ThePersonOptedInAgain() {
        var world = unsubscribed(by: .contact)
        #expect(world.settle() == nil)
        world.now = Make.at(20_000)
        let moment = world.now
        let reading = world.change(address, at: 0) { $0.comeBack(by: .contact, at: moment) }
        #expect(reading?.situation == .returned)
        #expect(world.settle() == nil)
        #expect(flags(world) == [false])
        #expect(statuses(world) == [Make.status(.added, of: campaign)])
        #expect(isOnLists(world))
    }

    @Test func c7LeavesTheFlagsWhereTheSettingIsOff() {
        var view = settledWorld().view(address)
        view.records[0].mirror.record.isOptedOut = true
        view.records[0].mirror.flagIsOurs = true
        view.records[0].mayClearFlag = false
        let plan = AddressDecision.plan(for: view, at: Make.now)
        #expect(plan.held.map(\.cause) == [.keptFlag(id, returned: 0)])
        #expect(!plan.operations.contains { $0.loosens })
    }

    @Test func c8MailBounces() {
        var world = settledWorld()
        let report = BounceReport(account: Make.account, address: address, occurredAt: world.now)
        world.append([report.event(receivedAt: world.now, through: "relay")])
        #expect(world.ledger.last?.rule == .c8)
        #expect(world.settle() == nil)
        #expect(world.records.values.allSatisfy { $0.record.isUndeliverable && $0.markIsOurs })
        #expect(flags(world) == [false])
        #expect(isOffLists(world))
        #expect(contact(world, 0)?.permission == .implicit)
        world.change(id) { $0.isUndeliverable = false }
        #expect(world.settle() == nil)
        #expect(world.records.values.allSatisfy { !$0.record.isUndeliverable })
        #expect(isOnLists(world))
    }

    @Test func c8AMarkOfOursGoesWithTheAddress() {
        var world = settledWorld()
        let report = BounceReport(account: Make.account, address: address, occurredAt: nil)
        world.append([report.event(receivedAt: world.now, through: "relay")])
        #expect(world.settle() == nil)
        world.change(id) { $0.mainEmail = "new@x.org" }
        #expect(world.settle() == nil)
        #expect(world.records[id]?.record.isUndeliverable == false)
        #expect(world.records[lead]?.record.isUndeliverable == true)
    }

    @Test func c8SetsNoMarkWhereTheSettingIsOff() {
        var view = settledWorld().view(address)
        view.isUndeliverable = true
        view.marksUndeliverable = false
        let plan = AddressDecision.plan(for: view, at: Make.now)
        #expect(plan.operations.count == 2)
        for operation in plan.operations {
            guard case .remove(_, _, _, isOptOut: false) = operation else {
                Issue.record("\(operation)")
                continue
            }
        }
    }

    @Test func c9TheContactWasDeleted() {
        var world = settledWorld()
        let reading = world.change(address, at: 0) {
            $0.isDeleted = true
            $0.lists = []
        }
        #expect(reading?.situation == .deleted)
        #expect(world.ledger.isEmpty)
        #expect(operations(world).isEmpty)
        #expect(held(world) == [.contactDeleted])
    }

    @Test func c10AnUnconfirmedReturnIsNothing() {
        var world = unsubscribed(by: .contact)
        #expect(world.settle() == nil)
        world.now = Make.at(20_000)
        let moment = world.now
        world.change(address, at: 0) {
            $0.comeBack(by: .contact, at: moment)
            $0.permission = .pendingConfirmation
        }
        #expect(world.standing(address).isOptedOut)
        #expect(world.settle() == nil)
        #expect(flags(world) == [true])
        #expect(isOffLists(world))
    }

    @Test func c11BothAddressesAreOptedOutWhereOneIs() {
        let before = Make.contact(email: "old@x.org")
        let now = Make.contact(.unsubscribed, email: "new@x.org", optOut: .contact, leftAt: Make.now)
        let reading = ContactReading(
            account: Make.account,
            before: ContactShadow(contact: before),
            now: now,
            said: nil,
            ownUnsubscribeIsOpen: false,
            receivedAt: Make.now,
            through: "test"
        )
        #expect(Set(reading.events.map(\.address.text)) == ["old@x.org", "new@x.org"])
    }

    @Test func c12ARestoredDatabaseGetsItsFlagsAgain() {
        var world = settledWorld()
        world.change(id) { $0.isOptedOut = true }
        #expect(world.settle() == nil)
        let reading = world.read(Make.record(id, version: 1))
        #expect(reading.rule == .c12)
        #expect(reading.situation == .flagGone(restored: true))
        #expect(world.settle() == nil)
        #expect(flags(world) == [true])
        #expect(isOffLists(world))
    }

    @Test(arguments: [0, 1, 2])
    func c12AFlagThatNoOperatorClearedIsDisputed(why: Int) {
        var world = settledWorld()
        world.change(id) { $0.isOptedOut = true }
        #expect(world.settle() == nil)
        let reading = world.read(
            Make.record(id, version: 9, by: 8),
            softwareUsers: why == 0 ? [8] : [],
            isPartOfBulk: why == 1,
            isBaseline: why == 2
        )
        #expect(reading.situation == .flagGone(restored: false))
        #expect(operations(world).isEmpty)
        #expect(held(world) == [.flagsGone])
        #expect(world.records[id]?.record.isOptedOut == false)
        #expect(world.standing(address).stands(own))
        #expect(isOffLists(world))
    }

    @Test func c13AnOptedOutContactThatIsSubscribedAgainIsUnsubscribedHourly() {
        var world = unsubscribed(by: .contact)
        #expect(world.settle() == nil)
        let comeBack = { (contact: inout ProviderContact) in
            contact.comeBack(by: .account, at: Make.at(7300))
            contact.lists = [Make.list(1)]
        }
        #expect(world.change(address, at: 0, comeBack)?.situation == .subscribedAgain)
        #expect(world.settle() == nil)
        #expect(contact(world, 0)?.permission == .unsubscribed)
        #expect(isOffLists(world))
        world.change(address, at: 0, comeBack)
        #expect(world.settle() == nil)
        #expect(world.plan(address).waits)
        #expect(isOffLists(world))
        world.now = world.now.advanced(bySeconds: 3600)
        #expect(world.settle() == nil)
        #expect(contact(world, 0)?.permission == .unsubscribed)
    }

    @Test func c13ThePersonWhoComesBackAtAnAccountThatIsNotTheSourceIsLeft() {
        var world = unsubscribed(by: .contact)
        #expect(world.settle() == nil)
        world.now = Make.at(20_000)
        let moment = world.now
        world.change(address, at: 1) {
            $0.comeBack(by: .contact, at: moment)
            $0.lists = [Make.list(1, Make.otherAccount)]
        }
        #expect(world.settle() == nil)
        #expect(world.standing(address).isOptedOut)
        #expect(flags(world) == [true])
        #expect(isOffLists(world))
        #expect(contact(world, 1)?.permission == .explicit)
        #expect(held(world) == [.subscribedAgain])
    }
}
