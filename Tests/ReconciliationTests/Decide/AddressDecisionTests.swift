import Foundation
import Reconciliation
import Testing

@Suite struct AddressDecisionTests {
    private static let id = RecordID(.person, 1)
    private let list = Make.list(1)
    private let master = Make.masterList()

    /// One record that is a member of one linked campaign.
    private static func view(
        flagged: Bool = false,
        ours: Bool = false,
        disputedAfter: Int64? = nil,
        latest: Int64 = 0,
        latestOfAny: Int64? = nil,
        shadow: ContactShadow? = nil,
        onOurs lists: [ListID] = []
    ) -> AddressView {
        let mirror = RecordMirror(
            record: Make.record(id, flagged: flagged),
            flagIsOurs: ours,
            disputedAfter: disputedAfter
        )
        return AddressView(
            address: Make.address("ada@example.org"),
            isOptedOut: latest > 0,
            latestOptOut: latest,
            latestProviderOptOut: latest,
            records: [RecordView(mirror: mirror, isMain: true, latestOptOutOfAny: latestOfAny ?? latest)],
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
            accounts: [AccountView(account: Make.account, rules: Make.rules(), shadow: shadow, ours: lists)]
        )
    }

    private func plan(_ view: AddressView) -> AddressPlan { AddressDecision.plan(for: view, at: Make.now) }

    private static func held(_ standing: LinkView.Standing, master: ListID?) -> AccountRules {
        var link = LinkView(id: LinkID(1), campaign: CampaignID(1), list: Make.list(1))
        link.standing = standing
        return AccountRules(
            links: [link],
            master: master,
            longestAddress: 80,
            longestName: 50,
            longestFieldValue: 255,
            listsPerContact: 50
        )
    }

    /// A row of values goes to its record's main address, of which nobody has asked here whether it is opted out.
    @Test func aRecordThatHasTheAddressBesideAnotherGivesItsContactNoValues() {
        var view = Self.view(
            shadow: ContactShadow(contact: Make.contact(lists: [list, master])),
            onOurs: [list, master]
        )
        view.records[0].mirror.record.mainEmail = "lovelace@example.org"
        view.records[0].mirror.record.otherEmails = ["ada@example.org"]
        view.records[0].mirror.record.firstName = "Augusta"
        view.records[0].isMain = false
        view.members = []
        view.accounts[0].rules = Self.held(.frozen, master: master)
        #expect(plan(view).operations.isEmpty)
    }

    @Test(arguments: [true, false])
    func noValuesGoByAListThatIsGone(hasMaster: Bool) {
        let lists: [ListID] = hasMaster ? [list, master] : [list]
        var view = Self.view(shadow: ContactShadow(contact: Make.contact(lists: Set(lists))), onOurs: lists)
        view.records[0].mirror.record.firstName = "Augusta"
        view.accounts[0].rules = Self.held(.listGone, master: hasMaster ? master : nil)
        let onto = plan(view).operations.map { operation -> [ListID] in
            if case .upsert(_, _, let lists) = operation { lists } else { [] }
        }
        #expect(onto == (hasMaster ? [[master]] : []))
    }

    @Test(arguments: [false, true], [false, true])
    func aChangedAddressIsHeldWhoeverIsWantedUntilSomebodyHasDecided(isWanted: Bool, isDecided: Bool) {
        var view = Self.view()
        view.members[0].isLeaving = !isWanted
        view.accounts[0].moved = MovedContact(
            contact: ContactID("c"),
            address: Make.address("lovelace@example.org"),
            isDecided: isDecided
        )
        #expect(plan(view).held.map(\.cause.kind) == (isDecided ? [] : [.addressChanged]))
        // No second contact is made of the old one, either way.
        #expect(plan(view).operations.isEmpty)
        view.records = []
        view.members = []
        #expect(plan(view).held.isEmpty)
    }

    /// Flag × whose it is × dispute × what stands on the address, or on another one of the record.
    @Test func flagsFollowWhatStandsThroughTheWholeTable() {
        for flagged in [false, true] {
            for ours in [false, true] where flagged || !ours {
                for disputedAfter in [nil, 4, 5, 6] as [Int64?] {
                    for (latest, latestOfAny) in [(0, 0), (5, 5), (0, 5)] as [(Int64, Int64)] {
                        let view = Self.view(
                            flagged: flagged,
                            ours: ours,
                            disputedAfter: disputedAfter,
                            latest: latest,
                            latestOfAny: latestOfAny
                        )
                        let plan = plan(view)
                        let isDisputed = latestOfAny > 0 && (disputedAfter ?? 0) >= latestOfAny
                        let sets = plan.operations.contains(.flag(Self.id, true, lockVersion: 1))
                        let clears = plan.operations.contains(.flag(Self.id, false, lockVersion: 1))
                        let adds = plan.operations.contains { if case .upsert = $0 { true } else { false } }
                        let row = "\(flagged) \(ours) \(String(describing: disputedAfter)) \(latest) \(latestOfAny)"
                        #expect(sets == (!flagged && latestOfAny > 0 && !isDisputed), "\(row)")
                        #expect(clears == (flagged && ours && latestOfAny == 0), "\(row)")
                        #expect(adds == (!flagged && !isDisputed && latest == 0), "\(row)")
                        let isHeld = plan.held.contains { $0.cause.kind == .disputedFlag }
                        #expect(isHeld == (!flagged && isDisputed), "\(row)")
                    }
                }
            }
        }
    }

    @Test func theMasterListComesWithTheFirstLink() {
        guard case .upsert(Make.account, let row, let lists) = plan(Self.view()).operations.first else {
            Issue.record("nobody is added")
            return
        }
        #expect(lists == [list, master])
        #expect(row.record == Self.id)
    }

    @Test func whoLeavesTheLastLinkLeavesTheMasterListToo() {
        let contact = Make.contact(lists: [list, master, ListID("newsletter")])
        var view = Self.view(shadow: ContactShadow(contact: contact), onOurs: [list, master])
        view.members[0].isLeaving = true
        #expect(
            plan(view).operations == [.remove(Make.account, contact.id, from: [list, master], isOptOut: false)]
        )
        view.accounts[0].ours = [list]
        #expect(plan(view).operations == [.remove(Make.account, contact.id, from: [list], isOptOut: false)])
    }

    @Test func aListWhoseLinkIsGoneStaysAsItIs() {
        let contact = Make.contact(lists: [list, master, Make.list(9)])
        let view = Self.view(shadow: ContactShadow(contact: contact), onOurs: [list, master, Make.list(9)])
        #expect(plan(view).operations.isEmpty)
    }

    @Test func aFlagOfTheCRMsKeepsTheWholeAddressOffTheLists() {
        var view = Self.view()
        let other = RecordMirror(record: Make.record(RecordID(.lead, 2), flagged: true))
        view.records.append(RecordView(mirror: other, isMain: true))
        #expect(plan(view).operations.isEmpty)
        view.records[1].mirror.record.isDeleted = true
        #expect(plan(view).operations.count == 1)
    }

    @Test func anInFlightChangeIsWaitedForButAnUnsubscribeIsNot() {
        let contact = Make.contact(lists: [list])
        var view = Self.view(flagged: true, latest: 5, shadow: ContactShadow(contact: contact))
        view.members = []
        view.accounts[0].isInFlight = true
        #expect(plan(view).operations == [.unsubscribe(Make.account, contact.id)])
        #expect(plan(view).waits)
        var adding = Self.view()
        adding.accounts[0].isInFlight = true
        #expect(plan(adding).operations.isEmpty)
        #expect(plan(adding).waits)
    }

    @Test func anUnsubscribeThatTookNoEffectIsNotTakenForAReturn() {
        let contact = Make.contact(.explicit, optIn: .contact, cameAt: Make.at(-100_000))
        let own = OwnUnsubscribe(of: contact, at: Make.at(-3600))
        let view = Self.view(flagged: true, latest: 5, shadow: ContactShadow(contact: contact, ownUnsubscribe: own))
        #expect(plan(view).operations.contains(.unsubscribe(Make.account, contact.id)))
        #expect(plan(view).parked.isEmpty)
    }

    @Test func anOptOutThatIsRefusedLeavesTheListsAndIsNotParked() {
        let contact = Make.contact(lists: [list])
        var view = Self.view(flagged: true, latest: 5, shadow: ContactShadow(contact: contact))
        view.members = []
        view.accounts[0].refusal = "no"
        #expect(plan(view).operations == [.remove(Make.account, contact.id, from: [list], isOptOut: true)])
        #expect(plan(view).waits)
        #expect(plan(view).parked.isEmpty)
    }

    @Test func liftingGivesBackTheListsOfOthersAndNoMore() {
        var contact = Make.contact(.unsubscribed, optOut: .account, leftAt: Make.at(-10))
        contact.lists = []
        let newsletter = ListID("newsletter")
        let own = OwnUnsubscribe(permissionBefore: .explicit, listsBefore: [newsletter, list], doneAt: Make.at(-10))
        var view = Self.view(shadow: ContactShadow(contact: contact, ownUnsubscribe: own))
        #expect(
            plan(view).operations
                == [.resubscribe(Make.account, contact.id, lists: [list, master, newsletter].sorted())]
        )
        view.members = []
        #expect(plan(view).operations == [.resubscribe(Make.account, contact.id, lists: [newsletter])])
        view.records[0].mirror.record.isOptedOut = true
        #expect(plan(view).operations.isEmpty)
    }

    @Test(arguments: [Permission.notSet, .pendingConfirmation, .temporaryHold, .other("new")])
    func liftingGoesBackToAPermissionOnly(before: Permission) {
        let contact = Make.contact(.unsubscribed, optOut: .account, leftAt: Make.at(-10))
        let own = OwnUnsubscribe(permissionBefore: before, listsBefore: [], doneAt: Make.at(-10))
        let view = Self.view(shadow: ContactShadow(contact: contact, ownUnsubscribe: own))
        #expect(plan(view).operations.isEmpty)
        #expect(plan(view).parked == [ParkedRow(.contact(Make.account), .unsubscribedThere)])
    }

    @Test func listsOfOthersCountTowardsTheLimit() {
        var view = Self.view()
        view.accounts[0].rules = Make.rules(campaigns: [1, 2], limit: 3)
        view.members.append(
            MemberView(
                id: MemberID(101),
                campaign: CampaignID(2),
                record: 0,
                statusID: 21,
                isLeaving: false,
                lockVersion: 1
            )
        )
        let contact = Make.contact(lists: [ListID("newsletter"), Make.list(2)])
        view.accounts[0].shadow = ContactShadow(contact: contact)
        #expect(plan(view).parked == [ParkedRow(.contact(Make.account), .listLimit(3))])
        guard case .upsert(_, _, let lists) = plan(view).operations.first else {
            Issue.record("the master list has a place")
            return
        }
        #expect(lists == [master])
    }

    @Test func aDepartureIsMarkedOnceAndNotPutBack() {
        let contact = Make.contact(lists: [master])
        var view = Self.view(shadow: ContactShadow(contact: contact), onOurs: [master])
        view.accounts[0].departures = [Departure(id: 3, list: list), Departure(id: 8, list: list)]
        #expect(
            plan(view).operations.first
                == .leavingStatus(
                    MemberID(100),
                    CampaignID(1),
                    text: "Unsubscribed",
                    cause: .departure(8),
                    previous: 11,
                    lockVersion: 1
                )
        )
        view.members[0].lastCause = .departure(8)
        view.accounts[0].departures.append(Departure(id: 7, list: master))
        #expect(!plan(view).operations.contains { if case .upsert = $0 { true } else { false } })
    }

    @Test func anOlderOptOutThatStillStandsIsDoneToo() {
        var view = Self.view(flagged: true, latest: 5)
        view.members[0].lastCause = .optOut(9)
        #expect(plan(view).operations.isEmpty)
        view.members[0].lastCause = .optOut(4)
        #expect(plan(view).operations.count == 1)
    }

    @Test func valuesComeFromThePersonBeforeTheLeadThenTheLowestID() {
        var view = Self.view()
        view.records = [RecordID(.lead, 1), RecordID(.person, 9), RecordID(.person, 4)].map {
            RecordView(mirror: RecordMirror(record: Make.record($0)), isMain: true)
        }
        view.members = (0..<3).map {
            MemberView(
                id: MemberID(Int64($0)),
                campaign: CampaignID(1),
                record: $0,
                statusID: 11,
                isLeaving: false,
                lockVersion: 1
            )
        }
        guard case .upsert(_, let row, _) = plan(view).operations.first else {
            Issue.record("nobody is added")
            return
        }
        #expect(row.record == RecordID(.person, 4))
    }

    @Test func textsAreCutWhereTheProviderCutsThem() {
        for (measuresBytes, kept) in [(false, "Zoëëë"), (true, "Zoë")] {
            var view = Self.view()
            let rules = Make.rules()
            view.accounts[0].rules = AccountRules(
                links: rules.links,
                master: rules.master,
                longestAddress: 80,
                longestName: 5,
                longestFieldValue: 5,
                listsPerContact: 50,
                traits: ProviderTraits(measuresBytes: measuresBytes)
            )
            view.records[0].mirror.record.firstName = "Zoëëëë"
            guard case .upsert(_, let row, _) = plan(view).operations.first else {
                Issue.record("nobody is added")
                return
            }
            #expect(row.firstName == kept)
        }
    }

    @Test func blankMeansUnchangedUnlessTheRowClears() {
        var contact = Make.contact(lists: [list, master])
        contact.fields = ["Town": "Reading", "Job": "Analyst"]
        var view = Self.view(shadow: ContactShadow(contact: contact), onOurs: [list, master])
        let rules = Make.rules()
        view.accounts[0].rules = AccountRules(
            links: rules.links,
            master: rules.master,
            mappings: [
                FieldMapping(attribute: "town", field: "Town"),
                FieldMapping(attribute: "job", field: "Job", clears: true),
                FieldMapping(attribute: "company", field: "Company", only: .lead),
            ],
            longestAddress: 80,
            longestName: 50,
            longestFieldValue: 5,
            listsPerContact: 50
        )
        view.records[0].mirror.record.fields = ["town": "", "job": "", "company": "Analytical"]
        guard case .upsert(_, let row, _) = plan(view).operations.first else {
            Issue.record("nothing is cleared")
            return
        }
        #expect(row.fields == ["Job": ""])
        view.records[0].mirror.record.fields = ["town": "Readington", "job": "Analyst"]
        guard case .upsert(_, let cut, _) = plan(view).operations.first else {
            Issue.record("nothing is cut")
            return
        }
        #expect(cut.fields == ["Town": "Readi", "Job": "Analy"])
        contact.fields = ["Town": "Readi", "Job": "Analy"]
        view.accounts[0].shadow = ContactShadow(contact: contact)
        #expect(plan(view).operations.isEmpty)
    }

    @Test(arguments: [
        (["WBTYPE": "Person", "WBID": "1"], true), (["WBTYPE": "Lead", "WBID": "1"], false),
        (["WBTYPE": "Person", "WBID": "2"], false), (["WBTYPE": "", "WBID": ""], false),
        // A field that the account does not have is no difference.
        ([:], true), (["WBTYPE": "Person"], true), (["WBID": "2"], false),
    ])
    func whichRecordAContactStandsForIsADifferenceAsAnyOther(fields: [String: String], isRight: Bool) {
        var contact = Make.contact(lists: [list, master])
        contact.fields = fields
        var view = Self.view(shadow: ContactShadow(contact: contact), onOurs: [list, master])
        func rules(_ mappings: [FieldMapping] = []) -> AccountRules {
            AccountRules(
                links: Make.rules().links,
                master: Make.rules().master,
                mappings: mappings,
                longestAddress: 80,
                longestName: 50,
                longestFieldValue: 50,
                listsPerContact: 50,
                traits: ProviderTraits(recordFields: RecordFields(kind: "WBTYPE", id: "WBID"))
            )
        }
        view.accounts[0].rules = rules()
        let operations = plan(view).operations
        #expect(operations.isEmpty == isRight)
        if case .upsert(_, let row, let lists)? = operations.first {
            #expect(row.recordFields == ["WBTYPE": "Person", "WBID": "1"])
            #expect(row.fields.isEmpty)
            #expect(lists.count == 1)
        }
        // What an operator maps there is the operator's.
        view.accounts[0].rules = rules([FieldMapping(attribute: "number", field: "WBID")])
        #expect(plan(view).operations.isEmpty)
    }

    @Test func aRowOfBeforeThereWereRecordFieldsCanBeRead() throws {
        let row = OutgoingRow(
            record: Self.id,
            email: "a@x.org",
            firstName: "Ada",
            lastName: "",
            fields: ["Town": "Ely"]
        )
        let now = try JSONEncoder().encode(row)
        #expect(try JSONDecoder().decode(OutgoingRow.self, from: now) == row)
        let text = try #require(String(bytes: now, encoding: .utf8))
        let before = text.replacing(#/,?"recordFields":\{\}/#, with: "").replacing("{,", with: "{")
        #expect(before != text)
        #expect(try JSONDecoder().decode(OutgoingRow.self, from: Data(before.utf8)) == row)
    }

    @Test func aBadAddressIsParkedAndSentWithoutBlanksOtherwise() {
        var view = Self.view()
        view.records[0].mirror.record.mainEmail = "ada@example"
        #expect(plan(view).parked == [ParkedRow(.member(MemberID(100)), .address(.malformed))])
        #expect(plan(view).operations.isEmpty)
        view.records[0].mirror.record.mainEmail = " Ada@Example.org "
        guard case .upsert(_, let row, _) = plan(view).operations.first else {
            Issue.record("nobody is added")
            return
        }
        #expect(row.email == "Ada@Example.org")
    }

    @Test func aFlagGoesBeforeAMarkOnTheSameRecord() {
        var view = Self.view(latest: 5)
        view.members = []
        view.isUndeliverable = true
        #expect(plan(view).operations == [.flag(Self.id, true, lockVersion: 1)])
        #expect(plan(view).waits)
        view.records[0].mirror.record.isOptedOut = true
        #expect(plan(view).operations == [.mark(Self.id, true, lockVersion: 1)])
    }

    @Test func onlyWhatBringsMailLoosens() {
        let row = OutgoingRow(record: Self.id, email: "a@x.org", firstName: "", lastName: "", fields: [:])
        #expect(Operation.upsert(Make.account, row, onto: [list]).loosens)
        #expect(!Operation.upsert(Make.account, row, onto: []).loosens)
        #expect(Operation.resubscribe(Make.account, ContactID("c"), lists: []).loosens)
        #expect(Operation.flag(Self.id, false, lockVersion: 1).loosens)
        #expect(!Operation.flag(Self.id, true, lockVersion: 1).loosens)
        #expect(!Operation.unsubscribe(Make.account, ContactID("c")).loosens)
    }
}
