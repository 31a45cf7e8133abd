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
    /// Whether the life aims at asking people, by mail of their provider, to confirm that they want to return.
    var asksPeople: Bool { aim == ".requestConfirmation" }
    /// Whether the life aims at giving contacts other addresses.
    var changesAddresses: Bool { aim == ".changeAddress.read" || aim == ".changeAddress.write" }
    /// Whether links end and are made often: each has a first load in bulk.
    var linksOften: Bool { aim == "bulk pushing" }
    /// How many calls a day the service allows the accounts; nil where nobody counts.
    ///
    /// In some lives so few that the day's quota is spent, and yet enough for a round in whole; not in calm ones, which
    /// rest after each act.
    var dailyLimit: Int64? {
        guard isWide else { return nil }
        if isCalm || seed % 7 > 1 { return 10_000 }
        return hasOther ? 120 : 80
    }
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
        if isSmall || upTo < 4 { return upTo }
        // What comes after several others needs time; lists are renamed once.
        let shortest = takesItsTurn ? upTo * 2 / 3 + (asksPeople ? 1 : 0) : upTo / 3
        let longest = aim == ".renameList" ? upTo * 2 / 3 : upTo
        return shortest + Int(seed / 3 % UInt64(longest - shortest + 1))
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
    /// Some kinds of step come after several others, each of which has to be carried out first; and rest is a round in
    /// whole, in which nothing is pushed in bulk by itself.
    var isCalm: Bool {
        switch aim {
        case ".renameList": true
        case "bulk pushing": false
        default: takesItsTurn || seed % 3 == 0
        }
    }
    /// Whether several acts, each of which has to be carried out, lead to the kind of step that the life aims at.
    private var takesItsTurn: Bool { asksPeople || aim == ".resubscribe.read" || aim == ".resubscribe.write" }
}
