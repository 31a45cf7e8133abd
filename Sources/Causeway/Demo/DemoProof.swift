import Foundation
import Sandbox

/// The end of the demo: every rule with what was expected and found, and what it cost.
struct DemoProof {
    let stage: DemoStage
    let world: SandboxWorld
    let evening: DemoEvening

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
            line(result.provider, result.expectedAtProvider, result.foundAtProvider)
            for difference in result.differences.prefix(3) { Console.line("          ! \(difference)") }
        }
        Console.line()
        let costs = try await costs()
        var table = Table(["", "CALLS", "FORMULA", "FOUND"], rightAligned: [2, 3])
        for cost in costs { table.add([cost.isGood ? "✓" : "✗", cost.what, cost.limit, String(cost.found)]) }
        table.print()
        let failed = stage.results.count { !$0.isGood } + costs.count { !$0.isGood }
        Console.line()
        let total = stage.results.count + costs.count
        Console.line(
            failed == 0
                ? "All \(total) expectations were met, in \(took.seconds)."
                : "\(failed) of \(total) expectations were NOT met, in \(took.seconds)."
        )
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

    /// The table of mailchimp.md §6.
    private func audienceCosts() -> [Cost] {
        let found = DemoAudienceCalls(counted: world.mailchimp)
        let allowed = evening.allowed
        return [
            .most("Mailchimp: members made in bulk, 500 a call", allowed.bulk, found.bulk),
            .most("Mailchimp: members put on the tag or taken off", allowed.segments, found.segments),
            .most("Mailchimp: members changed or unsubscribed one by one", allowed.patches, found.patches),
            .exactly("Mailchimp: members whose status a PUT could set", 0, found.puts),
            .most("Mailchimp: members read one by one", allowed.reads, found.reads),
        ]
    }

    private func costs() async throws -> [Cost] {
        let state = try await stage.sides.providerState()
        let found = DemoCalls(counted: world.constantContact)
        let allowed = stage.allowed
        let counts = world.constantContact.calls.counts
        let walks = counts["GET /v3/contacts"] ?? 0
        Console.line("Besides these, opt-outs and lists were read in \(walks) pages, twice a second for the show.")
        Console.line()
        return [
            .most("imports: one for each set of lists", allowed.imports, found.imports),
            .most("removals: one for each set of lists and 500 contacts", allowed.removals, found.removals),
            .most("contacts made one by one: too long for imports", allowed.creations, found.creations),
            .most("contacts changed one by one: u × PUT", allowed.changes, found.changes),
            .most("contacts read one by one: u × GET, and reading back", allowed.reads, found.reads),
            .exactly("sign_up_form", 0, state.signUpFormCalls),
            .exactly("mails that ask to subscribe again", 0, state.resubscribeMails),
        ] + audienceCosts()
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
