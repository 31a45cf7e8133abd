import Bridge
import Foundation
import Reconciliation
import Sandbox
import Store

/// Everything that the day needs: both sides, what they should hold, the program, and the results so far.
final class DemoStage {
    let sides: DemoSides
    let children: DemoChildren
    let workspace: DemoWorkspace
    let relay: DemoRelay
    let store: Store
    var model: DemoModel
    private(set) var results: [DemoResult] = []
    /// The calls that everything so far may have cost.
    var allowed = DemoCalls()
    private var cast: DemoCast

    init(
        sides: DemoSides,
        children: DemoChildren,
        workspace: DemoWorkspace,
        store: Store,
        model: DemoModel
    ) {
        self.sides = sides
        self.children = children
        self.workspace = workspace
        self.store = store
        self.model = model
        relay = DemoRelay(
            url: "https://localhost:\(workspace.port)/webhooks/constant-contact/constant-contact",
            authority: workspace.authority
        )
        cast = DemoCast(model: model)
    }

    /// The names of the lists that Causeway manages, the campaigns' first.
    var lists: [String] { model.campaigns.map(\.list) + [DemoModel.masterList] }

    /// Somebody whom nothing has happened to yet.
    func somebody(_ place: DemoCast.Place, kind: DemoRecordKey.Kind? = nil) throws -> DemoModel.Record {
        try cast.take(place, kind: kind)
    }

    /// How many contacts were read one by one at Constant Contact so far.
    var constantContactReads: Int { DemoCalls(counted: sides.world.constantContact).reads }

    func add(_ result: DemoResult) { results.append(result) }

    /// One step of the day: something happens, and both sides are looked at until they hold what they should.
    ///
    /// - Parameters:
    ///   - rules: the rules it exercises.
    ///   - title: what happens, as a sentence.
    ///   - addresses: whom it is about.
    ///   - verifies: whether the daily verification is asked for, which finds what no poll shows.
    ///   - holdsFor: how long to wait before looking, where what is expected is that something stays as it is.
    ///   - costs: the calls that it may cost by the formulas of constant-contact.md §6.4.
    ///   - act: does it in the sandbox and tells the model.
    func step(
        _ rules: String,
        _ title: String,
        about addresses: [String],
        verifies: Bool = false,
        holdsFor: Duration = .zero,
        costs: DemoCalls = DemoCalls(),
        _ act: () async throws -> Void
    ) async throws {
        let started = ContinuousClock.now
        allowed += costs
        try await act()
        // Several polls pass in this time; what was there before must not be taken for what came of the step.
        try await Task.sleep(for: holdsFor)
        if verifies {
            // Whom no walk of a list shows, a verification reads by id, and once more where it differs.
            allowed.reads += 2 * (try await sides.contactsThatNoWalkShows(managed: Set(lists)))
            _ = try await children.run(["sync", "--full", "--json"])
        }
        let all = model.expected()
        let scope = model.scope(addresses)
        let expected = all.restricted(to: scope)
        var found = DemoFacts()
        var differences: [String] = []
        repeat {
            found = try await sides.facts(scope, managed: Set(lists)).restricted(to: scope)
            differences = expected.differences(from: found)
            if differences.isEmpty { break }
            try await Task.sleep(for: .milliseconds(100))
        } while ContinuousClock.now - started < .seconds(30)
        let result = DemoResult(
            rules: rules,
            title: title,
            expectedInCRM: expected.crmText(scope),
            foundInCRM: found.crmText(scope),
            expectedAtProvider: expected.providerText(scope, lists: lists),
            foundAtProvider: found.providerText(scope, lists: lists),
            differences: differences
        )
        results.append(result)
        show(result, took: ContinuousClock.now - started)
    }

    /// Compares everything that both sides hold with everything that they should hold.
    func compareAll(_ title: String, within limit: Duration) async throws {
        let started = ContinuousClock.now
        let expected = model.expected()
        let scope = DemoScope(
            addresses: expected.contacts.keys.sorted(),
            records: expected.records.keys.sorted(),
            members: expected.members.keys.sorted()
        )
        var found = DemoFacts()
        var differences: [String] = []
        repeat {
            found = try await sides.facts(managed: Set(lists))
            differences = expected.differences(from: found)
            if differences.isEmpty { break }
            try await Task.sleep(for: .milliseconds(500))
        } while ContinuousClock.now - started < limit
        let result = DemoResult(
            rules: "all",
            title: title,
            expectedInCRM: expected.crmText(scope),
            foundInCRM: found.crmText(scope),
            expectedAtProvider: expected.providerText(scope, lists: lists),
            foundAtProvider: found.providerText(scope, lists: lists),
            differences: differences
        )
        results.append(result)
        show(result, took: ContinuousClock.now - started)
    }

    private func show(_ result: DemoResult, took: Duration) {
        Console.line()
        let mark = result.isGood ? "✓" : "✗"
        Console.line("\(mark) \(result.title)  [\(result.rules)]  \(took.seconds)")
        Console.line("    Workbooks         \(result.foundInCRM)")
        Console.line("    Constant Contact  \(result.foundAtProvider)")
        for difference in result.differences.prefix(12) { Console.line("    ! \(difference)") }
    }

    /// The rules of what is held for an address and waits for a decision.
    func heldRules(of address: String) async throws -> [String] {
        try await store.database.read { connection in
            try Holds.rows(of: [Address(compared: address)], in: connection)
                .filter { $0.state == .open }.map(\.cause.kind.rule)
        }
    }

    /// The secret that relays sign with.
    func webhookSecret() async throws -> String {
        let (sealer, now) = (store.sealer, SystemClock().now)
        return try await store.database.write {
            try WebhookSecrets.currentOrCreate(account: AccountID("constant-contact"), now: now, sealer: sealer, on: $0)
        }
    }
}

extension Duration {
    /// Rounded, as `1.4 s`.
    var seconds: String {
        let tenths = (components.seconds * 10) + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
