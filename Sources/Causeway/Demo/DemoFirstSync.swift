import Bridge
import Foundation
import Sandbox
import Store

/// Links both campaigns and shows how their lists fill.
struct DemoFirstSync {
    let stage: DemoStage
    let world: SandboxWorld

    func run() async throws {
        let started = ContinuousClock.now
        var wanted = 0
        for campaign in stage.model.campaigns {
            Console.line()
            Console.line("$ causeway link \(campaign.reference) --to constant-contact")
            Console.raw(try await stage.children.run(["link", campaign.reference, "--to", "constant-contact", "--yes"]))
            wanted += stage.model.expectedOnList(of: campaign).count
            try await watchLists(until: wanted)
        }
        allowCalls()
        try await stage.compareAll("The first sync is done: everything that both sides hold was compared", within: .seconds(30))
        Console.line("    from the first link on it took \((ContinuousClock.now - started).seconds)")
        showBadAddresses()
    }

    /// The formulas of constant-contact.md §6.4: an import for each set of lists, and single calls for addresses that
    /// are too long for imports, which are made once and joined to each further list.
    private func allowCalls() {
        var before: Set<String> = []
        for campaign in stage.model.campaigns {
            let onList = stage.model.expectedOnList(of: campaign)
            let long = onList.filter { $0.utf8.count > Self.longestImported }
            let known = onList.intersection(before)
            for group in [onList.subtracting(known).count, known.count] where group > 0 {
                stage.allowed.imports += (group - 1) / Self.rowsPerImport + 1
            }
            let joined = long.intersection(before).count
            stage.allowed.creations += long.count - joined
            stage.allowed.changes += joined
            stage.allowed.reads += joined
            before.formUnion(onList)
        }
    }

    /// The longest address that an import takes.
    private static let longestImported = 50
    /// Rows of the sandbox's people that surely fit the 3,900,000 bytes of an import.
    private static let rowsPerImport = 20_000

    /// The progress bar; it ends when the lists have everybody, or when nothing moves for long.
    private func watchLists(until wanted: Int) async throws {
        var last = -1
        var moved = ContinuousClock.now
        while true {
            let now = SystemClock().now
            let status = try await stage.store.database.read { try StatusReading.read(in: $0, at: now) }
            let onLists = Int(status.links.map(\.onList).reduce(0, +))
            if onLists != last { moved = ContinuousClock.now }
            let isDone = onLists >= wanted
            if Console.isTerminal || isDone || onLists != last { show(onLists, of: wanted, waiting: Int(status.dirty)) }
            last = onLists
            if isDone || ContinuousClock.now - moved > .seconds(60) { break }
            try await Task.sleep(for: .milliseconds(250))
        }
        if Console.isTerminal { Console.line() }
    }

    private func show(_ count: Int, of wanted: Int, waiting: Int) {
        let width = 40
        let filled = wanted == 0 ? width : min(width, count * width / wanted)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let text = "\(bar) \(count) of \(wanted) on the lists, \(waiting) to decide"
        if Console.isTerminal { Console.raw("\r\u{1B}[K\(text)") } else { Console.line(text) }
    }

    /// Shows the members who cannot be mailed: they hold up nobody, and nobody made contacts of them.
    private func showBadAddresses() {
        let main = Set(
            stage.model.members.values.compactMap { stage.model.records[$0.record]?.main }.filter { !$0.isEmpty })
        let tooLong = main.filter { $0.utf8.count > DemoModel.longestAddress }.count
        let bad = main.filter { !DemoModel.canBeMailed($0) }.count - tooLong
        let long = main.filter { (51...DemoModel.longestAddress).contains($0.utf8.count) }.count
        Console.line(
            "    left out: \(bad) addresses that are none, \(tooLong) longer than the provider takes; "
                + "\(long) too long for its imports went one by one")
    }
}
