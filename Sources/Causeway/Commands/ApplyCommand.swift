import ArgumentParser
import Bridge
import Foundation
import Reconciliation
import Store

/// Does what a plan says that `causeway plan --out` made, if nothing that it was computed from has moved.
///
/// `--json`: one document, `{"applied","moved":[{"address","what":[…]}],"overtaken":[…],"done":[…],"parked":[…],
/// "unfinished":[…]}`. `applied` is false when the base of any row has moved: then nothing was done, and `moved` says
/// which rows and how. `overtaken` are rows that moved in between, beside other work, and were left; `done`, `parked` and
/// `unfinished` are addresses.
struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Do what a plan file says, and nothing else; refused if anything it rests on has moved.",
        discussion:
            "Consent is checked at the instant of sending all the same: an opt-out that arrives meanwhile wins. "
            + "An edited plan is refused. Beside a running serve, serve does the work."
    )

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The file that causeway plan --out made.")
    var file: String

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let plan: FrozenPlan
        do { plan = try FrozenPlan(try PrivateFile.read(file), sealer: wiring.store.sealer) } catch let error
            as FrozenPlan.Unusable
        { throw Failure("\(file): \(error)") }
        let applied = try await wiring.withEngine { engine in
            let progress = ProgressLine(isShown: !options.json)
            defer { progress.end() }
            try await engine.readBothSides()
            if let lock = try wiring.store.tryLock(RoleName.engine) {
                defer { withExtendedLifetime(lock) {} }
                let applied = try await engine.apply(plan, isAlone: true) { progress.show($0) }
                if applied.moved.isEmpty { try await engine.refreshDigests(.outOfDate) }
                return applied
            }
            return try await engine.apply(plan, isAlone: false) { progress.show($0) }
        }
        try report(applied)
    }

    private func report(_ applied: AppliedPlan) throws {
        if options.json {
            try JSONOutput.print(Document(applied))
        } else if !applied.moved.isEmpty {
            Console.error("nothing was done: what the plan rests on has moved for \(applied.moved.count) rows")
            for row in applied.moved {
                Console.error("  \(row.address)")
                for what in row.what { Console.error("    \(what)") }
            }
            Console.error("make the plan anew with causeway plan --out")
        } else {
            Console.line("\(applied.done.count) addresses done")
            for row in applied.overtaken {
                Console.line("  \(row.address): left, for it moved meanwhile: \(row.what.joined(separator: "; "))")
            }
            for address in applied.parked { Console.line("  \(address): parked; see causeway parked list") }
            for address in applied.unfinished { Console.line("  \(address): not finished; the next round goes on") }
        }
        if !applied.moved.isEmpty { throw ExitStatus.failed }
        if !applied.overtaken.isEmpty || !applied.parked.isEmpty || !applied.unfinished.isEmpty {
            throw ExitStatus.partial
        }
    }

    private struct Document: Encodable {
        struct Moved: Encodable {
            var address: String
            var what: [String]
        }

        var applied: Bool
        var moved: [Moved]
        var overtaken: [Moved]
        var done: [String]
        var parked: [String]
        var unfinished: [String]

        init(_ plan: AppliedPlan) {
            applied = plan.moved.isEmpty
            moved = plan.moved.map { Moved(address: $0.address, what: $0.what) }
            overtaken = plan.overtaken.map { Moved(address: $0.address, what: $0.what) }
            done = plan.done
            parked = plan.parked
            unfinished = plan.unfinished
        }
    }
}
