import Reconciliation
import Testing

/// What is done about contacts of a provider that names nobody.
@Suite struct UnnamedDecisionTests {
    private let list = Make.list(1)

    private func view(_ contact: ProviderContact, own: OwnUnsubscribe? = nil, latest: Int64 = 0) -> AddressView {
        let rules = AccountRules(
            links: [LinkView(id: LinkID(1), campaign: CampaignID(1), list: list)],
            master: nil,
            longestAddress: 80,
            longestName: 50,
            longestFieldValue: 255,
            listsPerContact: 50,
            traits: ProviderTraits(onlyThePersonReturns: true, peopleCanLeaveLists: false)
        )
        return AddressView(
            address: Make.address("ada@example.org"),
            isOptedOut: latest > 0,
            latestOptOut: latest,
            latestProviderOptOut: 0,
            records: [
                RecordView(
                    mirror: RecordMirror(record: Make.record(flagged: latest > 0), flagIsOurs: latest > 0),
                    isMain: true,
                    latestOptOutOfAny: latest
                )
            ],
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
            accounts: [
                AccountView(
                    account: Make.account,
                    rules: rules,
                    shadow: ContactShadow(contact: contact, ownUnsubscribe: own),
                    ours: [list]
                )
            ]
        )
    }

    private func contact(_ permission: Permission, on lists: Set<ListID> = []) -> ProviderContact {
        Make.contact(permission, optOut: permission == .unsubscribed ? .unnamed : .unknown, lists: lists)
    }

    private func plan(_ view: AddressView) -> AddressPlan { AddressDecision.plan(for: view, at: Make.now) }

    @Test(arguments: [Permission.explicit, .transactional])
    func whoOptedOutIsUnsubscribedAndLeavesTheLists(permission: Permission) {
        let contact = contact(permission, on: [list])
        #expect(
            plan(view(contact, latest: 5)).operations == [
                .remove(Make.account, contact.id, from: [list], isOptOut: true),
                .unsubscribe(Make.account, contact.id),
            ]
        )
    }

    /// A cleaned contact takes no change, and an opt-in that waits for its confirmation is the person's alone (C10).
    @Test(arguments: [Permission.cleaned, .pendingConfirmation, .unsubscribed])
    func whoGetsNoMailOnlyLeavesTheLists(permission: Permission) {
        let contact = contact(permission, on: [list])
        #expect(
            plan(view(contact, latest: 5)).operations == [
                .remove(Make.account, contact.id, from: [list], isOptOut: true)
            ]
        )
        #expect(plan(view(self.contact(permission), latest: 5)).operations.isEmpty)
    }

    /// Where an unsubscribed contact stays on its lists, one who belongs nowhere any more leaves them, and comes back to
    /// none before that.
    @Test func whoIsUnsubscribedAndWantedNowhereLeavesTheLists() {
        let contact = contact(.unsubscribed, on: [list])
        let own = OwnUnsubscribe(permissionBefore: .explicit, listsBefore: [list], doneAt: Make.now)
        var view = view(contact, own: own)
        view.members = []
        let plan = plan(view)
        #expect(plan.operations == [.remove(Make.account, contact.id, from: [list], isOptOut: false)])
    }

    @Test(arguments: [Permission.transactional, .cleaned])
    func whoIsNoSubscriberComesToNoList(permission: Permission) {
        let plan = plan(view(contact(permission)))
        #expect(plan.operations.isEmpty)
        #expect(plan.parked.map(\.reason) == [.notSubscribedThere(permission)])
        #expect(plan.parked.map(\.reason.code) == ["not-subscribed-there"])
    }

    @Test func anUnsubscribeOfOnesOwnIsTakenBackWhereNobodyIsNamed() {
        let before = contact(.explicit)
        let contact = contact(.unsubscribed)
        let own = OwnUnsubscribe(of: before, at: Make.at(-7200))
        #expect(
            plan(view(contact, own: own)).operations == [.resubscribe(Make.account, contact.id, lists: [list])]
        )
        let someones = plan(view(contact))
        #expect(someones.operations.isEmpty)
        #expect(someones.parked.map(\.reason) == [.unsubscribedThere])
    }

    /// What would skip a confirmation, or subscribe somebody who never was, is not taken back.
    @Test(arguments: [Permission.pendingConfirmation, .transactional])
    func nothingIsTakenBackBeyondWhatWasThere(before: Permission) {
        let own = OwnUnsubscribe(of: contact(before), at: Make.at(-7200))
        #expect(plan(view(contact(.unsubscribed), own: own)).operations.isEmpty)
    }
}
