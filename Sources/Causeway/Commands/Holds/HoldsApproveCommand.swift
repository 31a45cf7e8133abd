import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Approves a hold: an operator's act, checked against the present, that takes effect at the next pass.
///
/// `--json`: the hold as `holds list` has it.
struct HoldsApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Decide on a hold; it takes effect at the next pass."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The hold's id.")
    var id: Int64

    @Argument(help: "What to do; needed where there are several choices.")
    var choice: String?

    @Option(help: "Your reason, kept with the decision; needed to lift an opt-out.")
    var reason: String?

    func run() async throws {
        let chosen = try choice.map { text in
            guard let choice = HoldChoice(rawValue: text) else {
                let all = HoldChoice.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("“\(text)” is no choice; there are: \(all)")
            }
            return choice
        }
        try await HoldDecision.run(options) { try await $0.approve(hold: id, choice: chosen, reason: reason) }
    }
}

/// Dismisses a hold: things stay as they stand, and the same cause raises no second one.
///
/// `--json`: the hold as `holds list` has it.
struct HoldsDismissCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dismiss",
        abstract: "Leave things as they stand; the same cause raises no second hold."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The hold's id.")
    var id: Int64

    @Option(help: "Your reason, kept with the decision.")
    var reason: String?

    func run() async throws {
        try await HoldDecision.run(options) { try await $0.dismiss(hold: id, reason: reason) }
    }
}

/// Runs a decision and says what became of it.
enum HoldDecision {
    static func run(_ options: GlobalOptions, _ decide: (Engine) async throws -> Hold) async throws {
        let wiring = try await Wiring.open(options)
        let hold: Hold
        do { hold = try await wiring.withEngine { try await decide($0) } } catch let problem as HoldProblem {
            throw Failure(problem.text)
        }
        if options.json {
            return try JSONOutput.print(try await wiring.store.database.read { try HoldJSON(hold, in: $0) })
        }
        let what = hold.choice.map { "approved: \($0.rawValue); it takes effect at the next pass" }
        Console.line("hold \(hold.id) \(what ?? "dismissed: things stay as they stand")")
    }
}
