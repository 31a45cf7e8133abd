import Foundation
import Sandbox

/// The end of the demo: every rule with what was expected and found, and what it cost.
struct DemoProof {
    let stage: DemoStage
    let world: SandboxWorld

    /// Shows it.
    ///
    /// - Returns: whether everything is as it should be.
    func show(took: Duration) async throws -> Bool {
        Console.line()
        Console.line("── The proof ──")
        Console.line()
        for result in stage.results {
            Console.line("\(result.isGood ? "✓" : "✗") \(result.rules.padded(to: 6))  \(result.title)")
            line("Workbooks", result.expectedInCRM, result.foundInCRM)
            line("Constant Contact", result.expectedAtProvider, result.foundAtProvider)
            for difference in result.differences.prefix(3) { Console.line("          ! \(difference)") }
        }
        Console.line()
        let costs = try await costs()
        var table = Table(["", "CALLS", "AT MOST OR EXACTLY", "FOUND"], rightAligned: [2, 3])
        for cost in costs { table.add([cost.isGood ? "✓" : "✗", cost.what, cost.limit, String(cost.found)]) }
        table.print()
        let failed = stage.results.count { !$0.isGood } + costs.count { !$0.isGood }
        Console.line()
        let total = stage.results.count + costs.count
        Console.line(
            failed == 0
                ? "All \(total) expectations were met, in \(took.seconds)."
                : "\(failed) of \(total) expectations were NOT met, in \(took.seconds).")
        return failed == 0
    }

    private func line(_ side: String, _ expected: String, _ found: String) {
        if expected.isEmpty, found.isEmpty { return }
        let side = side.padded(to: 16)
        if expected == found {
            Console.line("          \(side)  \(found)")
        } else {
            Console.line("          \(side)  expected \(expected)")
            Console.line("          \(side)  found    \(found)")
        }
    }

    private struct Cost {
        var what: String
        var limit: String
        var found: Int
        var isGood: Bool

        static func most(_ what: String, _ limit: Int, _ found: Int) -> Cost {
            Cost(what: what, limit: "≤ \(limit)", found: found, isGood: found <= limit)
        }

        static func exactly(_ what: String, _ count: Int, _ found: Int) -> Cost {
            Cost(what: what, limit: "\(count)", found: found, isGood: found == count)
        }
    }

    private func costs() async throws -> [Cost] {
        let state = try await stage.sides.providerState()
        for (route, count) in world.constantContact.calls.counts.sorted(by: { $0.key < $1.key }) {
            Console.line("  \(String(count).leftPadded(to: 6))  \(route)")
        }
        Console.line()
        return [
            .exactly("mails that ask for a new subscription", 0, state.resubscribeMails),
            .exactly("sign_up_form", 0, state.signUpFormCalls),
        ]
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    fileprivate func leftPadded(to width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
