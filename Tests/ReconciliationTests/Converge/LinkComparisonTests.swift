import Reconciliation
import Testing

/// What each side of a link says about one address.
@Suite struct LinkComparisonTests {
    private static let list = Make.list(1)
    private static let master = Make.masterList(Make.account)

    @Test func aMemberWhoIsOnTheListAgrees() throws {
        let view = Self.view(contact: Make.contact(lists: [Self.list, Self.master]))
        let comparison = Self.compare(view)
        let wanted = try #require(comparison.wanted)
        #expect(wanted.isListed && wanted.isOnMaster && wanted.consent == .mailable)
        #expect(wanted.firstName == "Ada")
        #expect(Self.held(comparison, view) == wanted)
    }

    @Test func aMemberWhoIsNotOnTheListDiffers() {
        let unknown = Self.view(contact: nil)
        #expect(Self.compare(unknown).wanted != nil)
        #expect(Self.held(Self.compare(unknown), unknown) == nil)
        let elsewhere = Self.view(contact: Make.contact(lists: [Self.master]))
        #expect(Self.held(Self.compare(elsewhere), elsewhere) == nil)
        let deleted = Self.view(contact: Make.contact(lists: [Self.list, Self.master], deleted: true))
        #expect(Self.held(Self.compare(deleted), deleted) == nil)
    }

    @Test func everyPartOfWhatIsHeldCounts() throws {
        let comparison = Self.compare(Self.view(contact: nil))
        let wanted = try #require(comparison.wanted)
        func differs(_ change: (inout ProviderContact) -> Void) -> Bool {
            var contact = Make.contact(lists: [Self.list, Self.master])
            change(&contact)
            return comparison.held(HeldContact(contact, under: Make.rules())) != wanted
        }
        #expect(!differs { _ in })
        #expect(!differs { $0.email = "ADA@Example.org" })
        #expect(differs { $0.permission = .unsubscribed })
        #expect(differs { $0.firstName = "Augusta" })
        #expect(differs { $0.lastName = "King" })
        #expect(differs { $0.lists.remove(Self.list) })
        #expect(differs { $0.lists.remove(Self.master) })
    }

    @Test func whichRecordTheContactStandsForCounts() throws {
        let rules = AccountRules(
            links: Make.rules().links,
            master: Make.rules().master,
            longestAddress: 80,
            longestName: 50,
            longestFieldValue: 50,
            listsPerContact: 50,
            traits: ProviderTraits(recordFields: RecordFields(kind: "WBTYPE", id: "WBID"))
        )
        var view = Self.view(contact: nil)
        view.accounts[0].rules = rules
        let comparison = Self.compare(view)
        let wanted = try #require(comparison.wanted)
        #expect(wanted.fields == ["WBTYPE": "Person", "WBID": "1"])
        func agrees(_ fields: [String: String]) -> Bool {
            var contact = Make.contact(lists: [Self.list, Self.master])
            contact.fields = fields
            return comparison.held(HeldContact(contact, under: rules)) == wanted
        }
        #expect(agrees(wanted.fields))
        #expect(agrees([:]))
        #expect(!agrees(["WBTYPE": "Lead", "WBID": "1"]))
        #expect(!agrees(["WBID": ""]))
    }

    @Test func blankMeansUnchanged() {
        var view = Self.view(contact: Make.contact(lists: [Self.list, Self.master]))
        view.records[0].mirror.record.firstName = ""
        let comparison = Self.compare(view)
        #expect(comparison.wanted?.firstName == "")
        #expect(Self.held(comparison, view) == comparison.wanted)
    }

    @Test func aNameThatIsCutToTheProvidersLengthAgrees() {
        let long = String(repeating: "n", count: 80)
        var contact = Make.contact(lists: [Self.list, Self.master])
        contact.firstName = String(long.prefix(50))
        var view = Self.view(contact: contact)
        view.records[0].mirror.record.firstName = long
        let comparison = Self.compare(view)
        #expect(Self.held(comparison, view) == comparison.wanted)
    }

    @Test func whoOptedOutIsOffTheListsAndUnsubscribed() {
        func state(_ contact: ProviderContact?, flagged: Bool = true) -> Bool {
            let view = Self.view(contact: contact, optedOut: true, flagged: flagged)
            let comparison = Self.compare(view)
            return comparison.wanted == Self.held(comparison, view)
        }
        #expect(state(nil))
        #expect(state(Make.contact(.unsubscribed)))
        #expect(state(Make.contact(.implicit, deleted: true)))
        #expect(!state(Make.contact(.implicit)))
        #expect(!state(Make.contact(.unsubscribed, lists: [Self.list])))
        #expect(!state(Make.contact(.unsubscribed, lists: [Self.master])))
        #expect(!state(nil, flagged: false), "an opt-out that is not flagged in the CRM is not carried out")
    }

    @Test func whoBelongsNowhereHasNoRowUnlessCausewayPutThemThere() {
        var view = Self.view(contact: Make.contact(lists: [Self.list]))
        view.members[0].isLeaving = true
        #expect(Self.compare(view).wanted == nil)
        #expect(Self.held(Self.compare(view), view) == nil)
        view.accounts[0].ours = [Self.list]
        #expect(Self.held(Self.compare(view), view)?.isListed == true)
    }

    @Test func whoLeftTheListHasNoRow() {
        var view = Self.view(contact: Make.contact(lists: [Self.master]))
        view.accounts[0].departures = [Departure(id: 1, list: Self.list)]
        #expect(Self.compare(view).wanted == nil)
        #expect(Self.held(Self.compare(view), view) == nil)
    }

    @Test func aPlanWithNothingToDoMeansThatBothSidesAgree() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            var contact = Make.contact(
                random.pick([.implicit, .explicit, .unsubscribed]),
                lists: Set([Self.list, Self.master].filter { _ in random.chance(2, of: 3) }),
                deleted: random.chance(1, of: 8)
            )
            if random.chance(1, of: 3) { contact.firstName = "Augusta" }
            var view = Self.view(
                contact: random.chance(1, of: 5) ? nil : contact,
                optedOut: random.chance(1, of: 3),
                flagged: random.chance(1, of: 2)
            )
            view.members[0].isLeaving = random.chance(1, of: 4)
            view.isUndeliverable = random.chance(1, of: 6)
            view.accounts[0].ours = contact.lists.sorted()
            if random.chance(1, of: 6) { view.accounts[0].departures = [Departure(id: 1, list: Self.list)] }
            let plan = AddressDecision.plan(for: view, at: Make.now)
            let comparison = Self.compare(view)
            let agrees = comparison.wanted == Self.held(comparison, view)
            let isAtRest = plan.operations.isEmpty && plan.parked.isEmpty && plan.held.isEmpty && !plan.waits
            return isAtRest && !agrees ? "at rest, and yet they differ: \(view)" : nil
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    // MARK: Support

    private static func view(
        contact: ProviderContact?,
        optedOut: Bool = false,
        flagged: Bool = false
    ) -> AddressView {
        let rules = Make.rules()
        return AddressView(
            address: Make.address("ada@example.org"),
            isOptedOut: optedOut,
            latestOptOut: optedOut ? 1 : 0,
            records: [
                RecordView(
                    mirror: RecordMirror(record: Make.record(flagged: flagged), flagIsOurs: flagged),
                    isMain: true,
                    latestOptOutOfAny: optedOut ? 1 : 0
                )
            ],
            members: [
                MemberView(
                    id: MemberID(1),
                    campaign: CampaignID(1),
                    record: 0,
                    statusID: Make.status(.added, of: CampaignID(1)),
                    isLeaving: false,
                    lockVersion: 1
                )
            ],
            accounts: [
                AccountView(account: Make.account, rules: rules, shadow: contact.map { ContactShadow(contact: $0) })
            ]
        )
    }

    private static func compare(_ view: AddressView) -> LinkComparison {
        LinkComparison(view, accountAt: 0, link: view.accounts[0].rules.links[0])
    }

    private static func held(_ comparison: LinkComparison, _ view: AddressView) -> ConvergenceRow? {
        comparison.held(
            view.accounts[0].shadow.flatMap { HeldContact($0.contact, under: view.accounts[0].rules) }
        )
    }
}
