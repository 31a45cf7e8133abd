import Foundation
import Sandbox
import ServiceLifecycle
import Store
import Synchronization
import UnixSignals

/// The demo from beginning to end.
struct DemoRun: Sendable {
    private let members: Int
    private let staysUp: Bool
    private let options: SandboxOptions
    private let serveLogLevel: String
    private let workspace: DemoWorkspace
    private let children: DemoChildren

    init(members: Int, seed: UInt64, exchangeLog: String?, serveLogLevel: String, staysUp: Bool) throws {
        self.members = members
        self.staysUp = staysUp
        self.serveLogLevel = serveLogLevel
        var options = SandboxOptions()
        options.members = members
        options.seed = seed
        options.exchangeLogPath = exchangeLog
        options.liftPace()
        self.options = options
        workspace = try DemoWorkspace()
        children = DemoChildren(
            executable: Bundle.main.executablePath ?? CommandLine.arguments[0],
            environment: workspace.environment,
            folder: workspace.folder
        )
    }

    /// Runs the demo; what was started is ended on every way out.
    ///
    /// - Returns: whether every expectation was met.
    func run() async throws -> Bool {
        let verdict = Mutex<Bool?>(nil)
        do {
            try await untilSignalled {
                try await perform { isGood in verdict.withLock { $0 = isGood } }
            }
            children.stop()
            let isGood = verdict.withLock { $0 }
            if isGood == true {
                try workspace.remove()
            } else {
                Console.error("logs and data are in \(workspace.folder.path)")
            }
            return isGood ?? false
        } catch {
            children.stop()
            Console.error("logs and data are in \(workspace.folder.path)")
            throw error
        }
    }

    /// Runs a body to its end, or until somebody interrupts.
    private func untilSignalled(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await _ in signals { return }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// - Parameter judge: told whether every expectation was met, once that is known.
    private func perform(_ judge: @Sendable (Bool) -> Void) async throws {
        let started = ContinuousClock.now
        Console.line(
            "Causeway's demo: two campaigns of \(members) members, simulated services, everything on this machine."
        )
        let world = try await SandboxWorld.start(options)
        let sides = DemoSides(world: world)
        var model = try await sides.seededModel()
        let plot = try await DemoPlot.prepare(sides, &model)
        try await workspace.makeCertificates(children)
        let serve = try children.start(["serve", "--log-level", serveLogLevel], log: "serve.log")
        try await waitUntilReady(serve)
        try await connect(world)
        let store = try await Store.open(dataDirectory: workspace.data, keyFile: nil)
        defer { store.close() }
        let stage = DemoStage(sides: sides, children: children, workspace: workspace, store: store, model: model)
        try await DemoFirstSync(stage: stage, world: world).run()
        try await DemoDay(stage: stage, plot: plot).run()
        let evening = DemoEvening(stage: stage, options: options)
        try await evening.run { try await show($0) }
        let proof = DemoProof(stage: stage, world: world, evening: evening)
        judge(try await proof.show(took: ContinuousClock.now - started))
        if staysUp { try await stayUp(world) }
        await world.stop()
    }

    private func waitUntilReady(_ serve: Process) async throws {
        let relay = DemoRelay(url: "", authority: workspace.authority)
        let deadline = ContinuousClock.now + .seconds(30)
        while await !relay.isListening(at: "https://localhost:\(workspace.port)/health") {
            guard serve.isRunning, ContinuousClock.now < deadline else {
                let log = (try? String(contentsOfFile: workspace.serveLog, encoding: .utf8)) ?? ""
                throw Failure("serve does not listen:\n\(log)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Console.line("serve listens on https://localhost:\(workspace.port)")
    }

    private func connect(_ world: SandboxWorld) async throws {
        let key = try workspace.secretFile("api-key", options.workbooks.apiKey)
        let secret = try workspace.secretFile("client-secret", options.constantContact.clientSecret)
        let token = try workspace.secretFile("refresh-token", options.constantContact.refreshToken)
        let pace = ["--per-second", "200", "--poll-interval", "500ms"]
        try await show(["connect", "workbooks", "--url", world.workbooks.baseURL, "--api-key-file", key] + pace)
        try await show(
            [
                "connect", "constant-contact", "--client-id", options.constantContact.clientID, "--client-secret-file",
                secret, "--refresh-token-file", token, "--api-url", "\(world.constantContact.baseURL)/v3", "--auth-url",
                "\(world.constantContact.baseURL)/oauth2/default/v1", "--daily-limit", "1000000",
            ] + pace
        )
    }

    private func show(_ arguments: [String]) async throws {
        Console.line()
        let words = arguments.map { $0.replacingOccurrences(of: workspace.folder.path + "/", with: "") }
        Console.line("$ causeway \(words.joined(separator: " "))")
        Console.raw(try await children.run(arguments))
    }

    private func stayUp(_ world: SandboxWorld) async throws {
        let program = Bundle.main.executablePath ?? "causeway"
        Console.line(
            """

            It all stays up until you press Ctrl-C. Look at it:
              \(program) status --data \(workspace.data)
              curl --cacert \(workspace.authority) https://localhost:\(workspace.port)/health
              curl \(world.workbooks.baseURL)/_sandbox/state?resource=crm/campaigns
              curl \(world.constantContact.baseURL)/_sandbox/state
            Let somebody opt out, and look again:
              curl -X POST -d '{"email":"ADDRESS"}' \(world.constantContact.baseURL)/_sandbox/unsubscribe
            What serve says is in \(workspace.serveLog).
            """
        )
        while true { try await Task.sleep(for: .seconds(3_600)) }
    }
}
