import Reconciliation
import Testing

/// A record's main address has changed, and its contact gets the new one, where nothing about either address is open.
@Suite struct AddressChangeDecisionTests {
    private static let id = RecordID(.person, 1)
    private static let old = "ada@example.org"
    private static let new = "Lovelace@example.org"
    private let contact = ContactID("contact of ada@example.org")

    /// The two addresses of one record, member of one campaign, as they are before anything was done.
    private struct Two {
        var old: AddressView
        var new: AddressView
        var record = AddressChangeDecisionTests.id
        var refusedAt: Set<AccountID> = []

        init() {
            let lists = [Make.list(1), Make.masterList()]
            let shadow = ContactShadow(
                contact: Make.contact(email: AddressChangeDecisionTests.old, lists: Set(lists))
            )
            old = AddressView(
                address: Make.address(AddressChangeDecisionTests.old),
                accounts: [AccountView(account: Make.account, rules: Make.rules(), shadow: shadow, ours: lists)]
            )
            let mirror = RecordMirror(
                record: Make.record(AddressChangeDecisionTests.id, main: AddressChangeDecisionTests.new)
            )
            new = AddressView(
                address: Make.address(AddressChangeDecisionTests.new.lowercased()),
                records: [RecordView(mirror: mirror, isMain: true)],
                members: [
                    MemberView(
                        id: MemberID(100),
                        campaign: CampaignID(1),
                        record: 0,
                        statusID: 11,
                        isLeaving: false,
                        lockVersion: 1
                    )
                ],
                accounts: [AccountView(account: Make.account, rules: Make.rules())]
            )
        }

        func plan(fromNew isNew: Bool) -> AddressPlan {
            var view = isNew ? new : old
            view.changedMains = [
                ChangedMainAddress(
                    record: record,
                    other: isNew ? old : new,
                    otherIsOld: isNew,
                    refusedAt: refusedAt
                )
            ]
            return AddressDecision.plan(for: view, at: Make.now)
        }

        /// Whether either decision changes the address, or waits for it.
        var isLeftAlone: Bool {
            [true, false].allSatisfy { isNew in
                !plan(fromNew: isNew).waits
                    && !plan(fromNew: isNew).operations.contains {
                        if case .changeAddress = $0 { true } else { false }
                    }
            }
        }

        mutating func editBoth(_ edit: (inout AddressView) -> Void, at isNew: Bool) {
            if isNew { edit(&new) } else { edit(&old) }
        }
    }

    @Test(arguments: [true, false])
    func theContactGetsTheNewAddressAsTypedWhicheverAddressIsDecided(isNew: Bool) {
        let plan = Two().plan(fromNew: isNew)
        #expect(
            plan.operations
                == [.changeAddress(Make.account, contact, from: Make.address(Self.old), to: Self.new)]
        )
        #expect(plan.parked.isEmpty && plan.held.isEmpty && plan.judged.isEmpty && !plan.waits)
        #expect(plan.operations.map(\.loosens) == [true])
    }

    @Test func withoutAChangeTheOldOneLeavesAndTheNewOneIsMade() {
        let two = Two()
        let leaves = AddressDecision.plan(for: two.old, at: Make.now)
        let comes = AddressDecision.plan(for: two.new, at: Make.now)
        #expect(leaves.operations.map(\.loosens) == [false])
        #expect(comes.operations.map(\.loosens) == [true])
    }

    @Test(arguments: [true, false], [true, false])
    func itWaitsForWhatIsUnderWayForEitherAddress(isNew: Bool, isDecidedFromNew: Bool) {
        var two = Two()
        two.editBoth({ $0.accounts[0].isInFlight = true }, at: isNew)
        let plan = two.plan(fromNew: isDecidedFromNew)
        #expect(plan.operations.isEmpty && plan.waits)
    }

    @Test(arguments: [true, false])
    func consentOfEitherAddressStopsIt(isNew: Bool) {
        var two = Two()
        two.editBoth(
            {
                $0.isOptedOut = true
                $0.latestOptOut = 3
            },
            at: isNew
        )
        // The opted-out address is dealt with at once; the other one is decided by itself.
        for isDecidedFromNew in [true, false] {
            #expect(
                !two.plan(fromNew: isDecidedFromNew).operations.contains {
                    if case .changeAddress = $0 { true } else { false }
                }
            )
        }
        for edit: (inout AddressView) -> Void in [
            { $0.isUndeliverable = true }, { $0.isInDoubt = true }, { $0.isHeldOff = true },
            { $0.holds[.row(.removals, LinkID(1), $0.address)] = .open },
            { $0.accounts[0].moved = MovedContact(contact: ContactID("x"), address: Make.address("x@example.org")) },
            { $0.accounts[0].doubts = [DeletionDoubt(contact: ContactID("x"), finding: "no history")] },
        ] {
            var two = Two()
            two.editBoth(edit, at: isNew)
            #expect(two.isLeftAlone)
        }
    }

    @Test(arguments: [true, false], [true, false])
    func aFlaggedOrDisputedRecordOfEitherAddressStopsIt(isNew: Bool, isDisputed: Bool) {
        var two = Two()
        let other = RecordMirror(
            record: Make.record(RecordID(.lead, 9), main: "x@example.org", others: [Self.old], flagged: !isDisputed),
            disputedAfter: isDisputed ? 5 : nil
        )
        two.editBoth(
            { $0.records.append(RecordView(mirror: other, isMain: false, latestOptOutOfAny: isDisputed ? 5 : 0)) },
            at: isNew
        )
        #expect(two.isLeftAlone)
    }

    @Test(arguments: [true, false])
    func anAddressThatSomebodyElseHasStaysWithThem(isMain: Bool) {
        var two = Two()
        let other = RecordMirror(record: Make.record(RecordID(.lead, 9), main: Self.old))
        two.old.records = [RecordView(mirror: other, isMain: isMain)]
        #expect(two.isLeftAlone)
        // The record itself may keep it as another one of its own.
        two.old.records = [RecordView(mirror: two.new.records[0].mirror, isMain: false)]
        #expect(!two.isLeftAlone)
        // Nobody stands for one that is deleted.
        two.old.records = [
            RecordView(mirror: RecordMirror(record: Make.record(RecordID(.lead, 9), deleted: true)), isMain: true)
        ]
        #expect(!two.isLeftAlone)
    }

    @Test func aNewAddressThatTwoRecordsHaveIsNobodysInParticular() {
        var two = Two()
        let other = RecordMirror(record: Make.record(RecordID(.lead, 9), main: Self.new))
        two.new.records.append(RecordView(mirror: other, isMain: true))
        #expect(two.isLeftAlone)
    }

    @Test func aNewAddressThatTheAccountKnowsOrRefusesIsLeftToItself() {
        for isDeleted in [true, false] {
            var two = Two()
            two.new.accounts[0].shadow = ContactShadow(contact: Make.contact(email: Self.new, deleted: isDeleted))
            #expect(two.isLeftAlone)
        }
        var refused = Two()
        refused.new.accounts[0].refusal = "looks fake"
        #expect(refused.isLeftAlone)
        var conflicted = Two()
        conflicted.refusedAt = [Make.account]
        #expect(conflicted.isLeftAlone)
        conflicted.refusedAt = [Make.otherAccount]
        #expect(!conflicted.isLeftAlone)
    }

    @Test(arguments: [Permission.unsubscribed, .cleaned, .transactional, .pendingConfirmation, .temporaryHold])
    func whoMayNotBeMailedKeepsTheAddress(permission: Permission) {
        var two = Two()
        two.old.accounts[0].shadow?.contact.permission = permission
        #expect(two.isLeftAlone)
    }

    @Test func whoIsOnAListOfSomebodyElsesStaysThere() {
        var two = Two()
        two.old.accounts[0].shadow?.contact.lists.insert(ListID("newsletter"))
        #expect(two.isLeftAlone)
        // On a managed list that Causeway did not put them on, too.
        two = Two()
        two.old.accounts[0].ours = [Make.masterList()]
        #expect(two.isLeftAlone)
    }

    /// Labels that nobody can leave go along (mailchimp.md §1).
    @Test func tagsOfTheMarketersGoAlong() {
        var two = Two()
        let rules = AccountRules(
            links: Make.rules().links,
            master: nil,
            longestAddress: 80,
            longestName: 50,
            longestFieldValue: 255,
            listsPerContact: .max,
            traits: ProviderTraits(onlyThePersonReturns: true, peopleCanLeaveLists: false)
        )
        two.old.accounts[0].rules = rules
        two.new.accounts[0].rules = rules
        two.old.accounts[0].shadow?.contact.lists = [Make.list(1), ListID("gold customers")]
        #expect(!two.isLeftAlone)
    }

    @Test func theNewAddressComesToNoListOnWhichItDoesNotBelong() {
        var two = Two()
        two.new.members = []
        #expect(two.isLeftAlone)
        two = Two()
        two.new.members[0].isLeaving = true
        #expect(two.isLeftAlone)
        // It belongs on one list more, which it comes to afterwards.
        two = Two()
        two.old.accounts[0].shadow?.contact.lists = [Make.masterList()]
        #expect(!two.isLeftAlone)
    }

    @Test func theListOfALinkThatIsHeldIsLeftAsItIs() {
        var two = Two()
        var link = LinkView(id: LinkID(1), campaign: CampaignID(1), list: Make.list(1))
        link.standing = .frozen
        let rules = AccountRules(
            links: [link],
            master: Make.masterList(),
            longestAddress: 80,
            longestName: 50,
            longestFieldValue: 255,
            listsPerContact: 50
        )
        two.old.accounts[0].rules = rules
        two.new.accounts[0].rules = rules
        #expect(two.isLeftAlone)
    }

    @Test func anUnsubscribeOfOursIsTakenBackFirst() {
        var two = Two()
        two.old.accounts[0].shadow?.ownUnsubscribe = OwnUnsubscribe(
            of: Make.contact(email: Self.old),
            at: Make.now
        )
        #expect(two.isLeftAlone)
    }

    /// In a small world: it changes, and changes back, and is done with each time.
    @Test func theContactGoesAlongAndBack() {
        var world = World()
        world.accounts = [
            World.Account(id: Make.account, rules: Make.rules()),
            World.Account(id: Make.otherAccount, rules: Make.rules(account: Make.otherAccount, master: false)),
        ]
        world.read(Make.record(Self.id, main: Self.old))
        world.join(Self.id, CampaignID(1))
        #expect(world.settle() == nil)
        for email in [Self.new.lowercased(), Self.old] {
            world.change(Self.id) { $0.mainEmail = email }
            #expect(world.settle() == nil)
            for account in world.accounts {
                #expect(account.contacts.keys.map(\.text) == [email])
                #expect(account.contacts[Make.address(email)]?.contact.id == contact)
                #expect(account.ours[Make.address(email)]?.contains(Make.list(1, account.id)) == true)
            }
        }
    }

    /// Whoever opted out by the old address is not brought along, at any account.
    @Test func anOptOutStaysWithItsAddressAndGoesToTheNewOne() {
        var world = World()
        world.accounts = [World.Account(id: Make.account, rules: Make.rules())]
        world.read(Make.record(Self.id, main: Self.old))
        world.join(Self.id, CampaignID(1))
        #expect(world.settle() == nil)
        world.append([Make.event(address: Self.old)])
        world.change(Self.id) { $0.mainEmail = Self.new.lowercased() }
        var changes = 0
        let unsettled = world.settle { _, _, plan in
            changes += plan.operations.count { if case .changeAddress = $0 { true } else { false } }
        }
        #expect(unsettled == nil)
        #expect(changes == 0)
        #expect(world.accounts[0].contacts[Make.address(Self.old)]?.contact.permission == .unsubscribed)
    }
}
