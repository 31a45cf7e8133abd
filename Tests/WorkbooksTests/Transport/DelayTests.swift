import Bridge
import NIOHTTP1
import Reconciliation
import Testing
import Workbooks

/// The service's delaying URLs (workbooks.md §7).
@Suite struct DelayTests {
    private static let saved = """
        {"success":true,"affected_objects":[{"id":7,"lock_version":4,"no_email_soliciting":true,"updated_at":"1756200009"}],
        "affected_object_information":[{"success":true,"errors":{},"warnings":{}}]}
        """
    private let flag = CRMWrite(.optOutFlag(RecordID(.person, 7), true), lockVersion: 3)

    @Test func waitsOnAChainOfDelaysWithoutTheKey() async throws {
        try await Fixture.canned { request in
            switch request.uri {
            case "/delay/1":
                .answer(status: 302, headers: ["Location": "/delay/2", "Set-Cookie": "b=2; path=/"], body: "")
            case "/delay/2": .json(Self.saved)
            default: .answer(status: 302, headers: ["Location": "/delay/1", "Set-Cookie": "a=1; path=/"], body: "")
            }
        } _: { fixture, server in
            let outcomes = try await fixture.client.write([flag])
            #expect(outcomes == [.written(lockVersion: 4, updatedAt: Timestamp(seconds: 1_756_200_009))])
            let hops = server.requests.dropFirst()
            #expect(hops.map(\.method) == ["GET", "GET"])
            #expect(hops.map { $0.headers.first(name: "cookie") } == ["a=1", "a=1; b=2"])
            #expect(hops.allSatisfy { !$0.uri.contains("api_key") && $0.body.isEmpty })
            #expect(fixture.gate.admitted == 3)
            let slower = CallResult.throttled(retryAfterSeconds: nil)
            #expect(fixture.gate.results == [slower, slower, .answered])
        }
    }

    @Test func readsThroughADelay() async throws {
        try await Fixture.canned { request in
            request.uri == "/delay/1" ? .rows([]) : .redirect(to: "/delay/1")
        } _: { fixture, server in
            let found = try await fixture.client.members([MemberID(1)])
            #expect(found.isEmpty)
            #expect(server.requests.count == 2)
        }
    }

    @Test func doesNotFollowToAnotherHost() async throws {
        try await Fixture.canned { _ in
            .redirect(to: "http://127.0.0.2:9/elsewhere")
        } _: { fixture, _ in
            let read = try await portError { try await fixture.client.members([MemberID(1)]) }
            #expect(read.code == .unavailable)
            let write = try await portError { try await fixture.client.write([flag]) }
            #expect(write.code == .unknownOutcome)
        }
    }

    @Test func givesUpAfterTenDelays() async throws {
        try await Fixture.canned { _ in
            .redirect(to: "/delay/again")
        } _: { fixture, server in
            let read = try await portError { try await fixture.client.members([MemberID(1)]) }
            #expect(read.code == .throttled(retryAfterSeconds: nil))
            #expect(server.requests.count == 11)
            let write = try await portError { try await fixture.client.write([flag]) }
            #expect(write.code == .unknownOutcome)
        }
    }

    @Test func takesTheLoginPageForALostSession() async throws {
        try await Fixture.canned { _ in
            .redirect(to: "/login")
        } _: { fixture, server in
            let read = try await portError { try await fixture.client.members([MemberID(1)]) }
            #expect(read.code == .unavailable)
            #expect(server.requests.count == 3)
            let write = try await portError { try await fixture.client.write([flag]) }
            #expect(write.code == .unavailable)
            #expect(server.requests.count == 4)
        }
    }

    @Test func readsAgainWhenALoginPageWasAPassingThing() async throws {
        let attempts = Counter()
        try await Fixture.canned { _ in
            attempts.next() == 1 ? .redirect(to: "/login") : .rows([])
        } _: { fixture, _ in
            let found = try await fixture.client.members([MemberID(1)])
            #expect(found.isEmpty)
        }
    }

    @Test(arguments: [404, 500, 401])
    func knowsNothingOfAWriteWhoseDelayWasLost(status: Int) async throws {
        try await Fixture.canned { request in
            request.uri == "/delay/1" ? .answer(status: status, body: "{}") : .redirect(to: "/delay/1")
        } _: { fixture, _ in
            let error = try await portError { try await fixture.client.write([flag]) }
            #expect(error.code == .unknownOutcome)
            #expect(error.status == status)
        }
    }

    @Test func knowsNothingOfAWriteThatWasAnsweredWithRows() async throws {
        try await Fixture.canned { request in
            request.uri == "/delay/1" ? .rows([]) : .redirect(to: "/delay/1")
        } _: { fixture, _ in
            let error = try await portError { try await fixture.client.write([flag]) }
            #expect(error.code == .unknownOutcome)
        }
    }
}
