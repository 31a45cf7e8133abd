import Bridge
import Store
import Testing

@Suite struct BudgetPlanLanesTests {
    @Test func sharesALimitByLane() {
        let plan = BudgetPlan(sharing: 10_000)
        #expect(plan.available(to: 1, used: [:]) == 10_000)
        #expect(plan.available(to: 2, used: [:]) == 6_500)
        #expect(plan.available(to: 3, used: [:]) == 5_500)
        #expect(plan.available(to: 4, used: [:]) == 4_500)
    }
}
