import Bridge
import Foundation
import Mailchimp
import Reconciliation
import Sandbox
import Testing

@Suite struct BatchTests {
    @Test func changesManyByOneBatch() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let rows = try await many(600, in: world)
            let calls = world.gate.admitted
            let activity = try underWay(try await world.client.submit(.upsert(rows, onto: [list.id])))
            #expect(world.gate.admitted <= calls + 2)
            let result = try await end(of: activity, world)
            #expect(result.completed)
            #expect(result.rowErrors.isEmpty)
            #expect(result.unnamedRefusals == 0)
            #expect(result.contacts.count == 600)
            // What put them on the tag may have come after what shows them.
            #expect(result.contacts.allSatisfy { !$0.listsWereRead && !$0.id.rawValue.isEmpty })
            #expect(try await world.members(of: list.id).count == 600)
            #expect(try await world.contact("p599@example.org").firstName == "N599")
        }
    }

    @Test func isUnderWayUntilItHasFinished() async throws {
        try await withWorld {
            $0.batchSeconds = 100
        } _: { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let rows = try await many(20, in: world)
            let activity = try underWay(try await world.client.submit(.upsert(rows, onto: [list.id])))
            let second = try underWay(try await world.client.submit(.upsert(rows, onto: [list.id])))
            for _ in 0..<4 {
                let progress = try await world.client.progress(of: [activity, second])
                #expect(progress == [activity: .running, second: .running])
                world.clock.advance(by: 20)
            }
            world.clock.advance(by: 40)
            let progress = try await world.client.progress(of: [activity, second, ActivityID("unknown")])
            #expect(progress.count == 2)
            #expect(try await end(of: second, world).contacts.count == 20)
        }
    }

    @Test func namesTheRowsThatFailed() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            try await world.control("merge-field", #"{"tag":"SIZE","name":"Size","type":"number"}"#)
            var rows = try await many(30, in: world)
            rows[4].fields = ["SIZE": "large"]
            try await world.control("change-address", #"{"email":"p7@example.org","to":"moved@example.org"}"#)
            try await world.control("archive", #"{"email":"p9@example.org"}"#)
            try await world.control("unsubscribe", #"{"email":"p11@example.org"}"#)
            let activity = try underWay(try await world.client.submit(.upsert(rows, onto: [list.id])))
            let result = try await end(of: activity, world)
            #expect(result.completed)
            #expect(result.rowErrors.map(\.index) == [4, 7])
            #expect(result.rowErrors.first?.text.contains("SIZE") == true)
            // The archived one was changed, and tags do not know it: it is read back.
            #expect(result.unnamedRefusals == 1)
            #expect(result.contacts.contains { $0.email == "p9@example.org" && $0.isDeleted })
            #expect(result.contacts.contains { $0.email == "p11@example.org" && $0.permission == .unsubscribed })
            #expect(try await world.truth(of: "p7@example.org") == nil)
            #expect(try await world.status(of: "p11@example.org") == "unsubscribed")
        }
    }

    @Test func aTagThatIsGoneLeavesEveryRowToBeReadBack() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "WB:1 Spring", description: "")
            let rows = try await many(20, in: world)
            try await world.control("delete-tag", #"{"name":"WB:1 Spring"}"#)
            let activity = try underWay(try await world.client.submit(.upsert(rows, onto: [list.id])))
            #expect(try await end(of: activity, world).unnamedRefusals == 20)
        }
    }

    @Test(arguments: ["not-an-archive", "truncated"])
    func resultsThatCannotBeReadHoldNothingUp(outcome: String) async throws {
        try await withWorld { world in
            let rows = try await many(20, in: world)
            try await world.control("batches", #"{"outcome":"\#(outcome)"}"#)
            let broken = try underWay(try await world.client.submit(.upsert(rows, onto: [])))
            let sound = try underWay(try await world.client.submit(.upsert(rows, onto: [])))
            let progress = try await world.client.progress(of: [broken, sound])
            guard case .ended(let result)? = progress[broken] else {
                Issue.record("the batch has finished")
                return
            }
            #expect(!result.completed)
            #expect(result.state.contains("cannot be read"))
            #expect(try await end(of: sound, world).completed)
        }
    }

    @Test func aBatchThatNeverEndsIsUnderWay() async throws {
        try await withWorld { world in
            let rows = try await many(20, in: world)
            try await world.control("batches", #"{"outcome":"stuck"}"#)
            let activity = try underWay(try await world.client.submit(.upsert(rows, onto: [])))
            world.clock.advance(by: 86_400)
            #expect(try await world.client.progress(of: [activity]) == [activity: .running])
        }
    }

    @Test func aBatchThatWasForgottenIsAbsent() async throws {
        try await withWorld { world in
            let rows = try await many(20, in: world)
            let activity = try underWay(try await world.client.submit(.upsert(rows, onto: [])))
            world.clock.advance(by: 8 * 86_400)
            #expect(try await world.client.progress(of: [activity]).isEmpty)
        }
    }

    @Test func fetchesANewAddressWhenOneHasExpired() async throws {
        try await withWorld { world in
            let rows = try await many(20, in: world)
            let activity = try underWay(try await world.client.submit(.upsert(rows, onto: [])))
            let clock = world.clock
            // Between the reading of the batch and the fetching of its results ten minutes pass.
            world.gate.beforeCall(1) { clock.advance(by: 1_000) }
            #expect(try await end(of: activity, world).contacts.count == 20)
            #expect(world.calls("GET /batches/{batch_id}") == 2)
        }
    }

    @Test func aFullQueueIsToldAsSuch() async throws {
        try await withWorld {
            $0.pendingBatchLimit = 1
            $0.batchSeconds = 1_000
        } _: { world in
            let rows = try await many(20, in: world)
            _ = try await world.client.submit(.upsert(rows, onto: []))
            #expect(try await failure { try await world.client.submit(.upsert(rows, onto: [])) }.code == .queueFull)
        }
    }

    @Test func aBatchWhoseAnswerIsLostIsOfUnknownOutcome() async throws {
        try await withWorld { world in
            let rows = try await many(20, in: world)
            try world.fault(#"{"kind":"reset-after","method":"POST","path":"/batches","effect":true}"#)
            let error = try await failure { try await world.client.submit(.upsert(rows, onto: [])) }
            #expect(error.code == .unknownOutcome)
            #expect(world.calls("POST /batches") == 1)
        }
    }

    @Test func aFieldThatIsGoneIsFoundByItself() async throws {
        try await withWorld { world in
            var rows = try await many(20, in: world)
            rows[3].fields = ["NOFIELD": "x"]
            #expect(try await failure { try await world.client.submit(.upsert(rows, onto: [])) }.code == .refused)
            let few = try ended(try await world.client.submit(.upsert(Array(rows.prefix(10)), onto: [])))
            #expect(few.rowErrors.map(\.index) == [3])
        }
    }

    /// Rows of as many contacts that are there, each with a new name.
    private func many(_ count: Int, in world: World) async throws -> [ContactRow] {
        let members = (0..<count).map { #"{"email":"p\#($0)@example.org"}"# }.joined(separator: ",")
        try await world.plant(members)
        return try await world.walk(.everybody).map { contact in
            let number = contact.email.dropFirst().prefix { $0 != "@" }
            var row = row(contact.email, firstName: "N\(number)")
            row.known = contact.id
            return row
        }
    }

    private func underWay(_ submission: Submission) throws -> ActivityID {
        guard case .underWay(let activity) = submission else {
            Issue.record("the change has ended")
            throw CancellationError()
        }
        return activity
    }

    private func end(of activity: ActivityID, _ world: World) async throws -> ActivityResult {
        guard case .ended(let result)? = try await world.client.progress(of: [activity])[activity] else {
            Issue.record("the batch has not ended")
            throw CancellationError()
        }
        return result
    }
}
