/// What the choices of a hold depend on; the one table from which they are offered, at first and when it is approved.
package struct HoldSituation: Sendable {
    package var kind: HoldKind
    /// What stands on the addresses concerned.
    package var standings: [Standing]
    /// The accounts whose provider sends a confirmation mail of its own when asked.
    package var confirming: Set<AccountID>

    package init(_ kind: HoldKind, standings: [Standing] = [], confirming: Set<AccountID> = []) {
        self.kind = kind
        self.standings = standings
        self.confirming = confirming
    }

    /// What may be decided.
    package var choices: [HoldChoice] {
        switch kind {
        case .disputedFlag: [.restoreFlag] + lift + confirmation
        case .flagsGone: [.restoreFlag, .accept]
        case .keptFlag: [.clearFlag, .keepOff]
        case .otherOptOutStands: lift + [.keepOff]
        case .unprovedReturn: lift + [.unsubscribe, .keepOff]
        case .unclearBounce: [.complaint, .bounce]
        case .contactDeleted: [.recreate, .keepOff]
        // An address that was erased is known to nobody any more: there is nothing to put back or to take over.
        case .addressChanged: isErased ? [] : [.takeOver, .putBack]
        case .subscribedAgain: lift + [.unsubscribe, .keepOff]
        case .refusedReturn: [.keepOff]
        case .reportedOptOut: [.optOut]
        case .listRenamed: [.renameBack, .keepName]
        case .listDeleted: [.recreateList, .unlink]
        case .campaignGone: [.unlink]
        case .removals, .wipes, .departures, .membersMissing, .recordsHidden: [.release]
        }
    }

    /// Whether something stands, and none of it is a person's own word or an erasure.
    package var isLiftable: Bool {
        let standing = standings.flatMap { $0.sources.filter(\.value.stands) }
        return !standing.isEmpty && !standing.contains { $0.value.byPerson || $0.key == .erasure }
    }

    /// Whether one of the addresses was erased.
    private var isErased: Bool { standings.contains { $0.stands(.erasure) } }

    /// The account that can ask the person, who opted out there and did not complain.
    package var askingAccount: AccountID? {
        if standings.contains(where: { $0.sources.values.contains(where: \.isComplaint) }) { return nil }
        let sources = standings.flatMap { $0.sources.filter { $0.value.byPerson }.keys }
        return sources.compactMap { source -> AccountID? in
            guard case .account(let account) = source, confirming.contains(account) else { return nil }
            return account
        }.min()
    }

    private var lift: [HoldChoice] { isLiftable ? [.lift] : [] }

    private var confirmation: [HoldChoice] { askingAccount == nil ? [] : [.sendConfirmation] }
}
