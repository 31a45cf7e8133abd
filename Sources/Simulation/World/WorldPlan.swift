import Reconciliation

/// What one simulated life is made from; the same plan is the same life.
package struct WorldPlan: Sendable {
    package var seed: UInt64
    package var steps: Int
    package var mortality: Mortality.Plan
    /// Whether calls fail now and then.
    package var hasFaults = true
    /// The rule or guard that is broken on purpose.
    package var mutation: Mutation?
    package var isTraced = false
    /// The kind of durable step that the life dies at wherever it can.
    let aim: String?
    /// Whether the life has as many steps as it may have, whatever its seed.
    package var isFullLength = false
    /// A life of few people, with one account, for dying at each of its durable steps.
    package var isSmall = false

    /// The plan of a seed with deaths spread over its life.
    package init(seed: UInt64, steps: Int, deaths: Int) {
        self.seed = seed
        self.steps = steps
        aim = Self.isWide(seed) ? DurableStep.rarest[Int(seed / 10) % DurableStep.rarest.count] : nil
        mortality = .seeded(SplitMix64(seed: seed ^ 0xDEAD), deaths: deaths, aim: aim)
    }

    /// The plan of a seed that dies once, or never.
    package init(seed: UInt64, steps: Int, diesAt step: Int?) {
        self.seed = seed
        self.steps = steps
        aim = nil
        mortality = step.map { .at($0) } ?? .never
        isSmall = true
        hasFaults = false
    }

    /// How many steps the life really has: a calm one rests after each, which takes as long as many.
    ///
    /// Lives are of many lengths, up to that.
    var length: Int {
        if isFullLength { return steps }
        let upTo = isCalm ? (steps + 5) / 6 : steps
        return isSmall || upTo < 4 ? upTo : upTo / 3 + Int(seed / 3 % UInt64(upTo - upTo / 3 + 1))
    }
    /// Whether there are two provider accounts.
    var hasOther: Bool { isSmall ? seed % 10 == 0 : seed % 5 < 2 || seed % 10 == 3 }
    /// The shape of the first account.
    var shape: SimulatedProvider.Shape { seed % 10 == 8 ? .namesNobody : .namesWhoActed }
    /// The shape of the second account.
    var otherShape: SimulatedProvider.Shape { seed % 10 == 3 ? .namesNobody : .namesWhoActed }
    /// Whether more can happen than elsewhere: contacts change their addresses, lists are deleted, holds are decided and
    /// addresses erased.
    ///
    /// Lives of other seeds stay as they were when they showed a fault.
    var isWide: Bool { !isSmall && Self.isWide(seed) }
    private static func isWide(_ seed: UInt64) -> Bool {
        // Two of the seeds that are kept end in a six.
        [0, 3, 4, 8].contains(seed % 10) || seed % 10 == 6 && seed > 110
    }
    /// Whether each act is followed by rest, so that what comes of it is known exactly.
    ///
    /// Some kinds of step come after several others, each of which has to be carried out first.
    var isCalm: Bool {
        switch aim {
        case ".renameList", ".resubscribe.read", ".resubscribe.write", ".requestConfirmation": true
        default: seed % 3 == 0
        }
    }
}
