import Bridge
import Reconciliation
import Simulation
import Store
import Testing

/// When Causeway did not read or listen, and how that time is made good.
@Suite struct GapTests {
    @Test func whoOptsOutWhileNobodyReadsIsFoundAndTheGapIsClosed() async throws {
        let rig = try await Rig()
        let person = rig.add(1, "ada@example.org")
        try await rig.start()
        let lastRead = try await rig.tick()
        try await rig.engine.pollingStops()
        rig.clock.advance(seconds: 3 * 3600)
        rig.cc.personUnsubscribes("ada@example.org")
        rig.clock.advance(seconds: 3600)

        try await rig.restart()
        try await rig.engine.pollingStarts()
        let open = try await rig.openGaps()
        #expect(open.map(\.cause) == [.stopped])
        #expect(open.map(\.beganAt) == [lastRead])
        let back = rig.clock.now
        try await rig.calm()

        #expect(rig.crm.isFlagged(person))
        #expect(rig.cc.addresses(on: "Spring").isEmpty)
        #expect(try await rig.openGaps().isEmpty)
        #expect(try await rig.closedGaps().map(\.closedBy) == ["opt-out poll"])
        #expect(try await rig.tick() >= back)
    }

    @Test func aProcessThatWasKilledLeavesAGapFromItsLastReading() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.engine.pollingStarts()
        let lastRead = try await rig.tick()
        rig.clock.advance(seconds: 600)
        try await rig.restart()
        try await rig.engine.recover()
        let open = try await rig.openGaps()
        #expect(open.map(\.cause) == [.killed])
        #expect(open.map(\.beganAt) == [lastRead])
    }

    @Test func aRestartWithinOneIntervalMissesNothing() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.pass()
        rig.clock.advance(seconds: 20)
        try await rig.restart()
        try await rig.engine.pollingStarts()
        #expect(try await rig.openGaps().isEmpty)
    }

    @Test func pollsThatFailBecomeAGapThatKeepsAdditionsBackAfterAWhileAndIsABaselineAfterADay() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.engine.pollingStarts()
        let lastRead = try await rig.tick()
        rig.clock.advance(seconds: 170)
        try await rig.failToPoll()
        #expect(try await rig.openGaps().isEmpty)
        rig.clock.advance(seconds: 20)
        try await rig.failToPoll()
        try await rig.failToPoll()
        var open = try await rig.openGaps()
        #expect(open.map(\.cause) == [.missed])
        #expect(open.map(\.beganAt) == [lastRead])
        #expect(open.map(\.isBaseline) == [false])
        #expect(try await !rig.keepsAdditionsBack())

        rig.clock.advance(milliseconds: lastRead.milliseconds + 900_000 - rig.clock.now.milliseconds)
        try await rig.engine.readCRM()
        #expect(try await !rig.keepsAdditionsBack())
        rig.clock.advance(seconds: 1)
        #expect(try await rig.keepsAdditionsBack())

        rig.clock.advance(seconds: 86_400)
        try await rig.failToPoll()
        open = try await rig.openGaps()
        #expect(open.map(\.isBaseline) == [true])
        #expect(try await rig.keepsAdditionsBack())
        try await rig.engine.readOptOuts(of: Rig.cc)
        #expect(try await rig.openGaps().isEmpty)
        try await rig.engine.readCRM()
        #expect(try await !rig.keepsAdditionsBack())
    }

    /// Somebody opts out at an account that nobody reads, and is to be added at another one.
    @Test func anAccountThatIsNotReadKeepsEverybodyFromBeingAddedAtTheOthers() async throws {
        let rig = try await Rig(other: true)
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.engine.pollingStarts()
        let bob = "bob@example.org"
        _ = rig.other.add(bob)
        rig.other.personUnsubscribes(bob)
        for _ in 1...20 {
            rig.clock.advance(seconds: 3600)
            try await rig.engine.readCRM()
            try await rig.engine.readOptOuts(of: Rig.cc)
            rig.faults.plan(.unavailable, of: "other.contacts")
            await #expect(throws: PortError.self) { try await rig.engine.readOptOuts(of: Rig.other) }
        }
        let person = rig.add(2, bob)
        try await rig.engine.readCRM()
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])

        rig.faults.clear()
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
        #expect(rig.crm.isFlagged(person))
    }

    /// A round that takes long reads again what it would otherwise wait for in vain.
    @Test func aRoundReadsWhatHasNotBeenReadForLong() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        rig.add(2, "bob@example.org")
        try await rig.engine.readCRM()
        rig.clock.advance(seconds: 1_000)
        #expect(try await rig.keepsAdditionsBack())
        try await rig.engine.settle()
        #expect(try await !rig.keepsAdditionsBack())
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "bob@example.org"])
    }

    @Test func aGapOfARelayClosesOnceItsSenderHadTheTimeToComeAgain() async throws {
        let window: Int64 = 7_200
        let rig = try await Rig { $0.deliveryWindows[Rig.cc] = DeliveryWindow(seconds: window) }
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.giveSecretOut()
        func listening() -> Listening { Listening(store: rig.store, clock: rig.clock, logger: Rig.logger) }
        try await listening().starts()
        rig.clock.advance(seconds: 60)
        try await rig.restart()
        try await listening().starts()
        try await rig.engine.pollingStarts()
        try await rig.pass()
        // The account was read back, so nobody is kept from being added; what only a relay knew may still come.
        var open = try await rig.openGaps()
        #expect(open.map(\.cause) == [.killed])
        #expect(open.allSatisfy { $0.readBackAt != nil })
        #expect(try await !rig.keepsAdditionsBack())

        // A second gap takes its time away from the first.
        try await rig.listen(for: window / 2)
        try await listening().stops()
        rig.clock.advance(seconds: 3600)
        try await rig.restart()
        try await listening().starts()
        try await rig.pass()
        open = try await rig.openGaps()
        #expect(open.map(\.cause) == [.killed, .stopped])
        try await rig.listen(for: window / 2 - 60)
        try await rig.pass()
        #expect(try await rig.openGaps().map(\.cause) == [.killed, .stopped])
        try await rig.listen(for: 60)
        try await rig.pass()
        #expect(try await rig.openGaps().map(\.cause) == [.stopped])
        try await rig.listen(for: window / 2)
        try await rig.pass()
        #expect(try await rig.openGaps().isEmpty)
        #expect(try await rig.closedGaps().allSatisfy { $0.kind == .poll || $0.closedBy?.contains("senders") == true })
    }

    @Test func aRouteOfHintsAndOneThatNobodyKnowsAreClosedByAReading() async throws {
        let rig = try await Rig { $0.deliveryWindows[Rig.cc] = DeliveryWindow(seconds: 3 * 86_400) }
        rig.add(1, "ada@example.org")
        try await rig.start()
        for _ in 1...2 { try await Listening(store: rig.store, clock: rig.clock, logger: Rig.logger).starts() }
        #expect(try await rig.openGaps().map(\.kind) == [.webhook])
        #expect(try await rig.openGaps(of: Rig.crm).map(\.kind) == [.webhook])
        rig.clock.advance(seconds: 1)
        try await rig.pass()
        #expect(try await rig.openGaps().isEmpty)
        #expect(try await rig.openGaps(of: Rig.crm).isEmpty)
    }

    @Test func nobodyIsAddedAfterAStartBeforeEveryAccountHasBeenRead() async throws {
        let rig = try await Rig(other: true)
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.engine.pollingStops()
        rig.clock.advance(seconds: 3600)
        rig.add(2, "bob@example.org")
        try await rig.restart()
        try await rig.engine.pollingStarts()
        try await rig.engine.readCRM()
        try await rig.engine.readOptOuts(of: Rig.cc)
        _ = try await rig.engine.pushProvider(Rig.cc, lanes: 1...5)
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org"])
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "bob@example.org"])
    }

    @Test func aGapOlderThanTheProviderKeepsNeedsAWalkAndTheWalkClosesIt() async throws {
        let rig = try await Rig(history: 7 * 86_400)
        let person = rig.add(1, "ada@example.org")
        rig.add(2, "bob@example.org")
        try await rig.start()
        try await rig.engine.pollingStops()
        rig.cc.personUnsubscribes("ada@example.org")
        rig.clock.advance(seconds: 8 * 86_400)
        try await rig.restart()
        try await rig.engine.pollingStarts()

        rig.faults.plan(.unavailable, of: ".contacts", after: 1)
        await #expect(throws: PortError.self) { try await rig.engine.readOptOuts(of: Rig.cc) }
        #expect(try await rig.openGaps().map(\.needsWalk) == [true])
        #expect(try await rig.keepsAdditionsBack())

        rig.faults.clear()
        try await rig.calm()
        #expect(rig.crm.isFlagged(person))
        #expect(try await rig.openGaps().isEmpty)
        #expect(try await rig.closedGaps().map(\.closedBy) == ["full walk"])
    }

    @Test func thePollReachesBackToTheBeginningOfAGapOfTheRoute() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        let listening = Listening(store: rig.store, clock: rig.clock, logger: Rig.logger)
        try await listening.starts()
        let heard = rig.clock.now
        // The provider shows this one late, far beyond the poll's own overlap.
        rig.cc.personUnsubscribes("ada@example.org")
        let late = try #require(rig.cc.contact("ada@example.org"))
        rig.cc.ownerResubscribes("ada@example.org")
        for _ in 1...4 {
            rig.clock.advance(seconds: 1800)
            try await rig.pass()
        }
        rig.cc.edit("ada@example.org") { $0 = late }
        try await rig.pass()
        #expect(try await !rig.isOptedOut("ada@example.org"))

        try await rig.restart()
        try await Listening(store: rig.store, clock: rig.clock, logger: Rig.logger).starts()
        let open = try await rig.openGaps()
        #expect(open.map(\.kind) == [.webhook])
        #expect(open.map(\.beganAt) == [heard])
        try await rig.pass()
        #expect(try await rig.isOptedOut("ada@example.org"))
        #expect(try await rig.openGaps().isEmpty)
    }

    @Test func overlappingGapsAreEachClosedByTheReadingThatCoversThem() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        try await rig.engine.pollingStarts()
        let listening = Listening(store: rig.store, clock: rig.clock, logger: Rig.logger)
        try await listening.starts()
        rig.clock.advance(seconds: 60)
        try await listening.tick()
        try await rig.refuseDelivery()
        rig.clock.advance(seconds: 600)
        try await rig.failToPoll()
        try await listening.stops()
        rig.clock.advance(seconds: 600)
        try await rig.restart()
        try await rig.engine.pollingStarts()
        try await Listening(store: rig.store, clock: rig.clock, logger: Rig.logger).starts()
        #expect(
            Set(try await rig.openGaps().map { "\($0.kind) \($0.cause)" })
                == ["webhook missed", "webhook refused", "poll missed", "poll killed", "webhook stopped"]
        )

        // What is refused while the reading goes on is left to the next one.
        let rigged = rig
        rig.faults.onCall { name in
            if name == "cc.contacts" {
                rigged.clock.advance(seconds: 1)
                try await rigged.refuseDelivery()
            }
        }
        try await rig.engine.readOptOuts(of: Rig.cc)
        rig.faults.onCall(nil)
        #expect(try await rig.openGaps().map(\.cause) == [.refused])
        try await rig.engine.readOptOuts(of: Rig.cc)
        #expect(try await rig.openGaps().isEmpty)
    }

    @Test func aListenerThatCannotWriteForAWhileHasMissedDeliveries() async throws {
        let rig = try await Rig()
        let listening = Listening(store: rig.store, clock: rig.clock, logger: Rig.logger)
        try await listening.starts()
        rig.clock.advance(seconds: 25)
        try await listening.tick()
        #expect(try await rig.openGaps().isEmpty)
        let last = rig.clock.now
        rig.clock.advance(seconds: 45)
        try await listening.tick()
        let open = try await rig.openGaps()
        #expect(open.map(\.cause) == [.missed])
        #expect(open.map(\.beganAt) == [last])
        #expect(open.map(\.endedAt) == [rig.clock.now])
    }

    @Test func aReconnectedAccountGoesOnFromItsCursorsAndIsReadBeforeAnybodyIsAdded() async throws {
        let rig = try await Rig()
        rig.add(1, "ada@example.org")
        try await rig.start()
        let cursors = try await rig.cursors()
        rig.clock.advance(seconds: 30)
        let now = rig.clock.now
        let outcome = try await rig.store.database.write { connection in
            try Accounts.connect(
                Account(name: Rig.cc, role: .provider, kind: "constant-contact", createdAt: now),
                on: connection
            )
        }
        #expect(outcome == .reconnected)
        #expect(try await rig.cursors() == cursors)
        #expect(try await rig.openGaps().map(\.cause) == [.reconnected])
        #expect(try await rig.keepsAdditionsBack())
        rig.add(2, "bob@example.org")
        try await rig.calm()
        #expect(rig.cc.addresses(on: "Spring") == ["ada@example.org", "bob@example.org"])
        #expect(try await rig.openGaps().isEmpty)
    }
}
