import Bridge
import Reconciliation
import Store
import Synchronization
import Testing

/// The registration of hooks at a service that is made up: crashes, lost answers and everything that can go wrong there.
struct HookRegistrationTests {
    /// A service that keeps hooks, with faults.
    private final class Service: HookKeeper {
        struct State {
            var hooks: [HookSighting] = []
            var calls: [String] = []
            var isSigning = true
            var lostAnswers = 0
            var refusals: [PortError] = []
            var last = 0
        }

        let state = Mutex(State())
        let plan: HookPlan

        init(topics: [String] = ["audience"], dispensable: Set<String> = [], hasPathSecret: Bool = true) {
            plan = HookPlan(
                topics: topics.map {
                    HookTopic(name: $0, switches: ["on"], isDispensable: dispensable.contains($0))
                },
                hasPathSecret: hasPathSecret
            )
        }

        var hooksNow: [HookSighting] { state.withLock(\.hooks) }
        var calls: [String] { state.withLock(\.calls) }

        func hooks() async throws -> [HookSighting] {
            state.withLock { $0.calls.append("list") }
            return hooksNow
        }

        func create(_ wish: HookWish) async throws -> CreatedHook {
            try state.withLock { state in
                state.calls.append("create")
                if !state.refusals.isEmpty { throw state.refusals.removeFirst() }
                state.last += 1
                let id = "hook-\(state.last)"
                state.hooks.append(
                    HookSighting(
                        id: id,
                        topic: wish.topic.name,
                        url: wish.url,
                        switches: wish.topic.switches,
                        isSigned: state.isSigning
                    )
                )
                if state.lostAnswers > 0 {
                    state.lostAnswers -= 1
                    throw PortError(.unknownOutcome, operation: "create a hook", detail: "the answer was lost")
                }
                return CreatedHook(id: id, signingSecret: state.isSigning ? "signing-\(state.last)" : nil)
            }
        }

        func change(_ id: String, to wish: HookWish) async throws {
            state.withLock { state in
                state.calls.append("change")
                guard let index = state.hooks.firstIndex(where: { $0.id == id }) else { return }
                state.hooks[index].url = wish.url
                state.hooks[index].switches = wish.topic.switches
            }
        }

        func delete(_ id: String, of topic: HookTopic) async throws {
            state.withLock { state in
                state.calls.append("delete")
                state.hooks.removeAll { $0.id == id }
            }
        }
    }

    private static let base = "https://bridge.example.org/webhooks/mailchimp/mailchimp"
    private let account = AccountID("mailchimp")
    private let clock = FixedClock()

    private struct FixedClock: WallClock {
        var now: Timestamp { Timestamp(seconds: 1_772_357_400) }
        func sleep(milliseconds: Int64) async throws {}
    }

    private func withStore(_ test: (Store) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let store = try await Store.open(dataDirectory: directory.path)
        let (account, clock) = (account, clock)
        try await store.database.write { connection in
            _ = try Accounts.connect(
                Account(name: account, role: .provider, kind: "mailchimp", createdAt: clock.now),
                on: connection
            )
        }
        try await test(store)
        store.close()
    }

    private func registration(_ store: Store, _ service: Service, base: String? = Self.base) -> HookRegistration {
        let number = Mutex(0)
        return HookRegistration(store: store, keeper: service, account: account, base: base, clock: clock) {
            number.withLock { number in
                number += 1
                return "secret-\(number)-\(UInt32.random(in: 0...UInt32.max))"
            }
        }
    }

    private func stored(_ store: Store) async throws -> [Hook] {
        let (account, clock, sealer) = (account, clock, store.sealer)
        return try await store.database.read {
            try Hooks.all(account: account, now: clock.now, sealer: sealer, on: $0)
        }
    }

    @Test func makesOneAndThenKeepsIt() async throws {
        try await withStore { store async throws in
            let service = Service()
            let registration = registration(store, service)
            #expect(try await registration.putRight().map(\.act) == [.created])
            let hook = try #require(try await stored(store).first)
            #expect(hook.state == .active)
            #expect(hook.signingSecret == "signing-1")
            #expect(service.hooksNow.map(\.url) == [hook.address])
            #expect(hook.address.hasPrefix(Self.base + "/secret-1"))

            #expect(try await registration.putRight().map(\.act) == [.kept])
            #expect(try await registration.look().isEmpty)
            #expect(service.calls == ["list", "create", "list", "list"])
        }
    }

    @Test func makesOneForEachTopicAtOneAddress() async throws {
        try await withStore { store async throws in
            let service = Service(topics: ["a", "b"], hasPathSecret: false)
            let results = try await registration(store, service).putRight()
            #expect(results.map(\.topic) == ["a", "b"])
            #expect(results.map(\.act) == [.created, .created])
            #expect(service.hooksNow.map(\.url) == [Self.base, Self.base])
            #expect(try await stored(store).map(\.pathSecret) == [nil, nil])
            #expect(try await registration(store, service).putRight().map(\.act) == [.kept, .kept])
        }
    }

    @Test func findsTheOneWhoseAnswerWasLostAndReplacesIt() async throws {
        try await withStore { store async throws in
            let service = Service()
            service.state.withLock { $0.lostAnswers = 1 }
            let result = try #require(try await registration(store, service).putRight().first)
            #expect(result.act == .created)
            #expect(result.removed == 1)
            let hooks = try await stored(store)
            #expect(hooks.map(\.state) == [.active])
            #expect(service.hooksNow.map(\.id) == hooks.compactMap(\.remoteID))
            #expect(hooks.map(\.signingSecret) == ["signing-2"])
        }
    }

    @Test func goesOnWhereACrashLeftIt() async throws {
        try await withStore { store async throws in
            let service = Service()
            // More lost answers than it tries: as good as a process that died.
            service.state.withLock { $0.lostAnswers = 3 }
            await #expect(throws: PortError.self) { try await registration(store, service).putRight() }
            #expect(try await stored(store).map(\.state) == [.creating])
            #expect(try await registration(store, service).putRight().map(\.act) == [.created])
            #expect(service.hooksNow.count == 1)
            #expect(try await stored(store).map(\.state) == [.active])
        }
    }

    @Test func forgetsACreationThatWasRefused() async throws {
        try await withStore { store async throws in
            let service = Service()
            let refusal = PortError(.refused, operation: "create a hook", detail: "the address cannot be verified")
            service.state.withLock { $0.refusals = [refusal] }
            await #expect(throws: PortError.self) { try await registration(store, service).putRight() }
            #expect(try await stored(store).isEmpty)
            #expect(try await registration(store, service).putRight().map(\.act) == [.created])
        }
    }

    @Test func keepsWhatIsThereWhenItsReplacementIsRefused() async throws {
        try await withStore { store async throws in
            let service = Service()
            _ = try await registration(store, service).putRight()
            service.state.withLock { state in
                state.hooks[0].isSigned = false
                state.refusals = [PortError(.refused, operation: "create a hook", detail: "no")]
            }
            await #expect(throws: PortError.self) { try await registration(store, service).putRight() }
            #expect(try await stored(store).map(\.signingSecret) == ["signing-1"])
            #expect(service.hooksNow.count == 1)
        }
    }

    @Test func makesANewOneWhenItsOwnIsGone() async throws {
        try await withStore { store async throws in
            let service = Service()
            _ = try await registration(store, service).putRight()
            service.state.withLock { $0.hooks = [] }
            #expect(try await registration(store, service).look() == ["audience": "it is not there any more"])
            let findings = try await store.database.read { [account] in
                try Hooks.findings(account: account, on: $0)
            }
            #expect(findings.map(\.problem) == ["it is not there any more"])
            #expect(try await registration(store, service).putRight().map(\.act) == [.created])
            // What the one before it sent is still taken.
            #expect(try await stored(store).map(\.state) == [.retired, .active])
            #expect(try await registration(store, service).look().isEmpty)
        }
    }

    @Test func putsSwitchesAndAddressRightInPlace() async throws {
        try await withStore { store async throws in
            let service = Service()
            _ = try await registration(store, service).putRight()
            let secret = try await stored(store).first?.pathSecret
            service.state.withLock { state in
                state.hooks[0].switches = []
                state.hooks[0].url = "https://elsewhere.example.org/x"
            }
            #expect(try await registration(store, service).putRight().map(\.act) == [.changed])
            #expect(service.hooksNow.map(\.switches) == [["on"]])

            let moved = "https://new.example.org/webhooks/mailchimp/mailchimp"
            #expect(try await registration(store, service, base: moved).putRight().map(\.act) == [.changed])
            let hook = try #require(try await stored(store).first)
            #expect(hook.url == moved)
            #expect(hook.pathSecret == secret)
            #expect(service.hooksNow.map(\.url) == [hook.address])
            #expect(try await registration(store, service, base: nil).look().isEmpty)
        }
    }

    @Test func takesDoublesAwayAndLeavesStrangers() async throws {
        try await withStore { store async throws in
            let service = Service()
            _ = try await registration(store, service).putRight()
            service.state.withLock { state in
                var double = state.hooks[0]
                double.id = "double"
                double.url = Self.base + "/older"
                var stranger = state.hooks[0]
                stranger.id = "stranger"
                stranger.url = "https://shop.example.org/hook"
                state.hooks += [double, stranger]
            }
            let result = try #require(try await registration(store, service).putRight().first)
            #expect(result.act == .kept)
            #expect(result.removed == 1)
            #expect(service.hooksNow.map(\.id) == ["hook-1", "stranger"])
        }
    }

    @Test func replacesOneWhoseSecretIsNotKnown() async throws {
        try await withStore { store async throws in
            let service = Service()
            service.state.withLock { $0.isSigning = false }
            #expect(try await registration(store, service).putRight().map(\.act) == [.created])
            #expect(try await stored(store).map(\.signingSecret) == [nil])
            service.state.withLock { state in
                state.isSigning = true
                state.hooks[0].isSigned = true
            }
            #expect(try await registration(store, service).putRight().map(\.act) == [.replaced])
            #expect(try await stored(store).map(\.signingSecret) == [nil, "signing-2"])
            #expect(service.hooksNow.map(\.id) == ["hook-2"])
            // The new one is there before the other goes.
            #expect(service.calls.suffix(2) == ["create", "delete"])
        }
    }

    @Test func replacesWhateverIsThereWhenAsked() async throws {
        try await withStore { store async throws in
            let service = Service()
            _ = try await registration(store, service).putRight()
            #expect(try await registration(store, service).putRight(renewing: true).map(\.act) == [.replaced])
            #expect(service.hooksNow.map(\.id) == ["hook-2"])
            #expect(try await stored(store).map(\.signingSecret) == ["signing-1", "signing-2"])
        }
    }

    @Test(arguments: [PortError.Code.refused, .forbidden])
    func theRefusalOfAHookThatIsDispensableIsAResult(code: PortError.Code) async throws {
        try await withStore { store async throws in
            let service = Service(topics: ["spare", "audience"], dispensable: ["spare"])
            service.state.withLock {
                $0.refusals = [PortError(code, operation: "create a hook", detail: "there are twenty already")]
            }
            let results = try await registration(store, service).putRight()
            #expect(results.map(\.act) == [.refused, .created])
            #expect(results.map(\.problem) == ["there are twenty already", "there is none"])
            #expect(try await stored(store).map(\.topic) == ["audience"])
            #expect(try await registration(store, service).look().isEmpty)
            #expect(try await registration(store, service).putRight().map(\.act) == [.created, .kept])

            // What may pass is an error all the same.
            service.state.withLock { state in
                state.hooks = []
                state.refusals = [PortError(.unavailable, operation: "create a hook", detail: "away")]
            }
            await #expect(throws: PortError.self) { try await registration(store, service).putRight() }
        }
    }

    @Test func looksAtNothingThatWasNeverMade() async throws {
        try await withStore { store async throws in
            #expect(try await registration(store, Service()).look().isEmpty)
            #expect(try await stored(store).isEmpty)
        }
    }
}
