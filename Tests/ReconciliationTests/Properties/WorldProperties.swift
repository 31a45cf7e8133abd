import Reconciliation
import Testing

/// Lives of small worlds by chance: something happens, everything is decided and written, and so on.
@Suite struct WorldProperties {
    /// Every world once; the tests ask for what they are about.
    private enum Law: CaseIterable {
        case settles, bringsNobodyBack, removesOnlyItsOwn, unsubscribesOnlyOptedOut, optOutsHold, membersAreThere
    }

    private static let failures: [Law: [String]] = {
        var found: [Law: [String]] = [:]
        for seed in Seeds.all {
            for (law, wrong) in live(seed) where found[law, default: []].count < 3 {
                found[law, default: []].append("CAUSEWAY_SEED=\(seed): \(wrong)")
            }
        }
        return found
    }()

    private static func live(_ seed: UInt64) -> [Law: String] {
        var random = SplitMix64(seed: seed)
        var world = World.random(&random)
        var broken: [Law: String] = [:]
        for step in 0...3 {
            if step > 0 { world.live(&random) }
            let unsettled = world.settle { world, view, plan in
                note(.bringsNobodyBack, PlanLaws.bringsNobodyBack(world, view, plan), in: &broken)
                note(.removesOnlyItsOwn, PlanLaws.removesOnlyItsOwn(world, view, plan), in: &broken)
                note(.unsubscribesOnlyOptedOut, PlanLaws.unsubscribesOnlyOptedOut(world, view, plan), in: &broken)
            }
            note(.settles, unsettled, in: &broken)
            note(.optOutsHold, PlanLaws.optOutsHold(world), in: &broken)
            note(.membersAreThere, PlanLaws.membersAreThere(world), in: &broken)
        }
        return broken
    }

    private static func note(_ law: Law, _ wrong: String?, in broken: inout [Law: String]) {
        if let wrong, broken[law] == nil { broken[law] = wrong }
    }

    private func expectHeld(_ law: Law, sourceLocation: SourceLocation = #_sourceLocation) {
        let failures = Self.failures[law] ?? []
        #expect(failures.isEmpty, "\(failures)", sourceLocation: sourceLocation)
    }

    @Test func aPlanThatWasCarriedOutIsEmpty() { expectHeld(.settles) }

    @Test func noPlanBringsBackWhoIsOptedOut() { expectHeld(.bringsNobodyBack) }

    @Test func noPlanRemovesStrangersOrTouchesOtherLists() { expectHeld(.removesOnlyItsOwn) }

    @Test func nobodyIsUnsubscribedWithoutAnOptOut() { expectHeld(.unsubscribesOnlyOptedOut) }

    @Test func anOptOutReachesEveryRecordListAndAccount() { expectHeld(.optOutsHold) }

    @Test func whoBelongsOnAListIsThere() { expectHeld(.membersAreThere) }

    @Test func removingALinkTouchesNoConsent() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            var world = World.random(&random)
            world.live(&random)
            if let unsettled = world.settle() { return unsettled }
            let index = random.below(world.accounts.count)
            let rules = world.accounts[index].rules
            let kept = rules.links.map(\.campaign.rawValue).dropLast()
            world.accounts[index].rules = Make.rules(
                account: world.accounts[index].id,
                campaigns: Array(kept),
                master: rules.master != nil,
                limit: rules.listsPerContact
            )
            var wrong: String?
            let unsettled = world.settle { world, view, plan in
                for operation in plan.operations {
                    switch operation {
                    case .remove(_, _, let lists, let isOptOut):
                        if isOptOut { wrong = "removes as an opt-out" }
                        if rules.links.map(\.list).contains(where: lists.contains) { wrong = "empties a link's list" }
                    case .upsert:
                        // A place that the limit kept from another list has become free.
                        if rules.listsPerContact > 2 { wrong = "\(operation)" }
                    case .flag, .mark, .leavingStatus, .previousStatus, .unsubscribe, .resubscribe, .changeAddress:
                        wrong = "\(operation)"
                    }
                }
                wrong = wrong ?? PlanLaws.removesOnlyItsOwn(world, view, plan)
            }
            return wrong ?? unsettled
        }
        #expect(failures.isEmpty, "\(failures)")
    }

    @Test func aSharedAddressIsOptedOutWhenAnyRecordWithItIs() {
        let failures = Seeds.failures { seed in
            var random = SplitMix64(seed: seed)
            var world = World.random(&random)
            if let unsettled = world.settle() { return unsettled }
            let id = random.pick(world.records.keys.sorted())
            guard let record = world.records[id]?.record, !record.isOptedOut else { return nil }
            world.now = world.now.advanced(bySeconds: 7200)
            world.change(id) { $0.isOptedOut = true }
            for address in record.addresses {
                let view = world.view(address)
                if !view.isOptedOut { return "\(address) of a flagged record is not opted out" }
                let plan = AddressDecision.plan(for: view, at: world.now)
                if plan.operations.contains(where: \.loosens) { return "loosens \(address)" }
                for row in view.records where !row.mirror.record.isDeleted && !row.mirror.record.isOptedOut {
                    let sets = plan.operations.contains {
                        if case .flag(row.mirror.record.id, true, _) = $0 { true } else { false }
                    }
                    if !sets { return "\(row.mirror.record.id) shares \(address) and gets no flag" }
                }
            }
            return world.settle() ?? PlanLaws.optOutsHold(world)
        }
        #expect(failures.isEmpty, "\(failures)")
    }
}
