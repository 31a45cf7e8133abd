import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Runs one whole round now and waits for it.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Run one whole round now, and wait for it.",
        discussion:
            "Beside a running serve, the round is asked of it. After a round both sides' digests are made: they "
            + "are equal, or every row that differs is named with its reason. With --full the provider's lists are read "
            + "back, too, and its own digest is made of what was read."
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only this campaign: its id, reference or exact name.")
    var campaign: String?

    @Flag(help: "Verify too: lists renamed or deleted, people who left one list or opted in again, contacts deleted.")
    var full = false

    func run() async throws {
        let wiring = try await Wiring.open(options)
        let wanted = try await CampaignLookup.linked(campaign, wiring)
        try await wiring.withEngine { engine in
            let progress = ProgressLine(isShown: !options.json)
            if let lock = try wiring.store.tryLock(RoleName.engine) {
                defer { withExtendedLifetime(lock) {} }
                try await engine.syncRound(campaign: wanted, isFull: full) { progress.show($0) }
            } else {
                try await askRunningServe(wiring, engine, campaign: wanted, progress: progress)
            }
            progress.end()
        }
        try await report(wiring, campaign: wanted)
    }

    private func askRunningServe(
        _ wiring: Wiring,
        _ engine: Engine,
        campaign: CampaignID?,
        progress: ProgressLine
    ) async throws {
        let asked = wiring.clock.now
        let isFull = full
        try await wiring.store.database.write { connection in
            try Settings.set(SettingName.syncRequest, to: String(asked.milliseconds), on: connection)
            if isFull {
                // Only where links run: nobody would answer the others.
                let links = try Links.all(in: connection).filter { campaign == nil || $0.campaign == campaign }
                for account in Set(links.map(\.account)) {
                    try Settings.set(SettingName.fullSync(account), to: "yes", on: connection)
                }
            }
            try Links.makeDue(campaign: campaign, at: asked, in: connection)
        }
        var failingSince: Timestamp?
        while true {
            try await wiring.clock.sleep(milliseconds: 200)
            // Whoever was asked has gone: the round is this process's now.
            if let lock = try wiring.store.tryLock(RoleName.engine) {
                defer { withExtendedLifetime(lock) {} }
                return try await engine.syncRound(campaign: campaign, isFull: full) { progress.show($0) }
            }
            let now = wiring.clock.now
            let state = try await wiring.store.database.read {
                try RoundState.read(since: asked, campaign, at: now, in: $0)
            }
            progress.show(SyncProgress(waiting: Int(state.waiting), underWay: Int(state.underWay)))
            if let problem = state.problem { throw Failure(problem) }
            if let failing = state.failing {
                let since = failingSince ?? now
                failingSince = since
                // Serve goes on trying; nobody has to watch it.
                if since.advanced(bySeconds: Self.secondsOfFailing) <= now { throw Failure(failing) }
            } else {
                failingSince = nil
            }
            if state.isDone { return try await engine.refreshDigests(campaign: campaign, isFull ? .outOfDate : .all) }
        }
    }

    /// How long an account may fail before the round is given up on.
    private static let secondsOfFailing: Int64 = 60

    private func report(_ wiring: Wiring, campaign: CampaignID?) async throws {
        let (now, patience) = (wiring.clock.now, wiring.settings.additionsSeconds)
        var status = try await wiring.store.database.read {
            try StatusReading.read(in: $0, at: now, additionsSeconds: patience)
        }
        if let campaign { status.links.removeAll { $0.campaign != campaign.rawValue } }
        if options.json {
            try JSONOutput.print(status)
        } else {
            StatusCommand.show(status.links)
        }
        let isHeld = try await wiring.store.database.read { try !Holds.all(isOpen: true, in: $0).isEmpty }
        if isHeld || status.links.contains(where: { $0.problem != nil || $0.parked > 0 }) {
            throw ExitStatus.partial
        }
    }
}

/// How far a round is that another process runs.
private struct RoundState: Sendable {
    var waiting: Int64
    var underWay: Int64
    var isDone: Bool
    /// Why the round cannot end before somebody acts.
    var problem: String?
    /// Why the round does not get on for now.
    var failing: String?

    static func read(
        since asked: Timestamp,
        _ campaign: CampaignID?,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> RoundState {
        let accounts = try Accounts.all(on: connection)
        let failing = accounts.first { $0.state == .failing }
        let broken = accounts.first { $0.state == .needsAuthorisation }
        let links = try Links.all(in: connection).filter { campaign == nil || $0.campaign == campaign }
        let haveRun = links.allSatisfy { link in
            (link.lastRunAt.map { $0 >= asked } ?? false) || link.problem != nil && link.dueAt > now
        }
        let mayWrite = try FirstLink.wasConfirmed(in: connection)
        let waiting =
            !mayWrite
            ? 0
            : try connection.value("SELECT count(*) FROM dirty WHERE not_before <= \(now.milliseconds)") ?? 0
        let underWay =
            try connection.value("SELECT count(*) FROM intent WHERE state IN ('open', 'running', 'confirming')") ?? 0
        let isVerifying = try links.contains {
            try Settings.text(SettingName.fullSync($0.account), on: connection) != nil
        }
        let wereRead = accounts.allSatisfy { ($0.lastContact ?? Timestamp(milliseconds: 0)) >= asked }
        return RoundState(
            waiting: waiting,
            underWay: underWay,
            isDone: haveRun && wereRead && waiting == 0 && underWay == 0 && !isVerifying,
            problem: broken.map { "\($0.name) needs authorisation: \($0.stateReason ?? "connect it again")" },
            failing: failing.map {
                "\($0.name) fails: \($0.stateReason ?? "see causeway status"); serve goes on trying"
            }
        )
    }
}

/// One line that says how far a round is, rewritten in place on a terminal.
final class ProgressLine: Sendable {
    private let isShown: Bool

    init(isShown: Bool) {
        self.isShown = isShown && Console.isTerminal
    }

    func show(_ progress: SyncProgress) {
        guard isShown else { return }
        Console.raw("\r\u{1B}[Kwaiting \(progress.waiting), under way \(progress.underWay)")
    }

    func end() {
        if isShown { Console.raw("\r\u{1B}[K") }
    }
}
