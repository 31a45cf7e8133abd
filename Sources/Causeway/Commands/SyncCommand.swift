import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Runs one whole round now and waits for it.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Run one whole round now, and wait for it.",
        discussion: "Beside a running serve, the round is asked of it.")

    @OptionGroup var options: GlobalOptions

    @Option(help: "Only this campaign: its id, reference or exact name.")
    var campaign: String?

    @Flag(help: "Verify too: lists renamed or deleted, people who left one list or opted in again, contacts deleted.")
    var full = false

    func run() async throws {
        let wiring = try await Wiring.open(options)
        try await wiring.withEngine { engine in
            let wanted: CampaignID?
            if let campaign {
                let campaigns = try await engine.crm.campaigns()
                try await wiring.store.database.write { try Campaigns.save(campaigns, in: $0) }
                wanted = try CampaignLookup.find(campaign, among: campaigns).id
            } else {
                wanted = nil
            }
            let progress = ProgressLine(isShown: !options.json)
            if let lock = try wiring.store.tryLock(RoleName.engine) {
                defer { withExtendedLifetime(lock) {} }
                try await engine.syncRound(campaign: wanted, isFull: full) { progress.show($0) }
            } else {
                try await askRunningServe(wiring, engine, campaign: wanted, progress: progress)
            }
            progress.end()
        }
        try await report(wiring)
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
                for account in engine.providerAccounts {
                    try Settings.set(SettingName.fullSync(account), to: "yes", on: connection)
                }
            }
            try Links.makeDue(campaign: campaign, at: asked, in: connection)
        }
        while true {
            try await wiring.clock.sleep(milliseconds: 200)
            let now = wiring.clock.now
            let state = try await wiring.store.database.read { try RoundState.read(since: asked, campaign, at: now, in: $0) }
            progress.show(SyncProgress(waiting: Int(state.waiting), underWay: Int(state.underWay)))
            if let problem = state.problem { throw Failure(problem) }
            if state.isDone { return }
        }
    }

    private func report(_ wiring: Wiring) async throws {
        let now = wiring.clock.now
        let status = try await wiring.store.database.read { try StatusReading.read(in: $0, at: now) }
        if options.json {
            try JSONOutput.print(status)
        } else {
            StatusCommand.show(status.links)
        }
        if status.links.contains(where: { $0.problem != nil }) || status.links.contains(where: { $0.parked > 0 }) {
            throw ExitStatus.partial
        }
    }
}

/// How far a round is that another process runs.
private struct RoundState: Sendable {
    var waiting: Int64
    var underWay: Int64
    var isDone: Bool
    var problem: String?

    static func read(
        since asked: Timestamp,
        _ campaign: CampaignID?,
        at now: Timestamp,
        in connection: any SQLConnection
    ) throws -> RoundState {
        let accounts = try Accounts.all(on: connection)
        let broken = accounts.first { $0.state == .needsAuthorisation }
        let links = try Links.all(in: connection).filter { campaign == nil || $0.campaign == campaign }
        let haveRun = links.allSatisfy { link in
            (link.lastRunAt.map { $0 >= asked } ?? false) || link.problem != nil && link.dueAt > now
        }
        let waiting =
            try connection.value("SELECT count(*) FROM dirty WHERE not_before <= \(now.milliseconds)") ?? 0
        let underWay =
            try connection.value("SELECT count(*) FROM intent WHERE state IN ('open', 'running', 'confirming')") ?? 0
        let wereRead = accounts.allSatisfy { ($0.lastContact ?? Timestamp(milliseconds: 0)) >= asked }
        return RoundState(
            waiting: waiting, underWay: underWay,
            isDone: haveRun && wereRead && waiting == 0 && underWay == 0,
            problem: broken.map { "\($0.name) needs authorisation: \($0.stateReason ?? "connect it again")" })
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
