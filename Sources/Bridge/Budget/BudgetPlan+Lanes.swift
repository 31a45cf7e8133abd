import Store

extension BudgetPlan {
    /// The plan of an account whose service allows so many calls a day: opt-outs have the largest reserve, and removals
    /// and single changes one each (design §4, *Lanes*).
    package init(sharing limit: Int64) {
        let shares: [Lane: Int64] = [.optOuts: 35, .removals: 10, .singleChanges: 10]
        self.init(
            limit: limit,
            reserves: Dictionary(uniqueKeysWithValues: shares.map { ($0.key.rawValue, limit * $0.value / 100) })
        )
    }
}
