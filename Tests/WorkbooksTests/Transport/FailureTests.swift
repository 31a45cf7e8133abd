import Bridge
import Reconciliation
import Testing
import Workbooks

/// What becomes of answers that are none, and of calls that get none.
@Suite struct FailureTests {
    private let flag = CRMWrite(.optOutFlag(RecordID(.person, 7), true), lockVersion: 3)

    private func codes(
        requestTimeout: Duration = .seconds(20),
        _ script: @escaping CannedServer.Script
    ) async throws -> (read: PortError, write: PortError, requests: Int) {
        try await Fixture.canned(requestTimeout: requestTimeout, script) { fixture, server in
            let read = try await portError { try await fixture.client.members([MemberID(1)]) }
            let write = try await portError { try await fixture.client.write([flag]) }
            #expect(fixture.gate.results.count == fixture.gate.admitted)
            return (read, write, server.requests.count)
        }
    }

    @Test(
        arguments: [
            ("", "an empty body"), ("<html><body>Please wait</body></html>", "a web page instead of data"),
            (#"{"success":true,"data":[{"id":1"#, "31 bytes that are no complete answer"),
            ("[]", "2 bytes that are no complete answer"),
        ]
    )
    func saysWhatAnUnreadableAnswerIs(body: String, shape: String) async throws {
        let (read, write, requests) = try await codes { _ in .answer(status: 200, body: body) }
        #expect(read.code == .unreadableAnswer)
        #expect(read.detail.contains(shape))
        #expect(write.code == .unknownOutcome)
        #expect(requests == 4)
    }

    @Test(
        arguments: [
            (500, PortError.Code.unavailable, PortError.Code.unknownOutcome, 4),
            (502, .unavailable, .unknownOutcome, 4),
            (404, .notFound, .notFound, 2), (405, .refused, .refused, 2), (406, .refused, .refused, 2),
            (501, .refused, .refused, 2), (403, .unavailable, .unavailable, 2),
            (401, .needsAuthorisation, .needsAuthorisation, 2),
            (429, .throttled(retryAfterSeconds: 7), .throttled(retryAfterSeconds: 7), 2),
        ]
    )
    func mapsStatuses(status: Int, read: PortError.Code, write: PortError.Code, requests: Int) async throws {
        let found = try await codes { _ in .answer(status: status, headers: ["Retry-After": "7"], body: "reference 42")
        }
        #expect(found.read.code == read)
        #expect(found.write.code == write)
        #expect(found.requests == requests)
        #expect(found.read.status == status)
    }

    @Test(
        arguments: [
            (401, "unrecognised_name_or_password", PortError.Code.needsAuthorisation, "connect again"),
            (401, "licence_expired", .needsAuthorisation, "licence"),
            (401, "brand_new_reason", .needsAuthorisation, "brand_new_reason"),
            (403, "no_permission_for_api", .forbidden, "capability"),
            (403, "database_being_migrated", .unavailable, "tried again"),
            (403, "brand_new_reason", .unavailable, "brand_new_reason"),
            (401, "session_expired", .unavailable, "session_expired"),
        ]
    )
    func explainsRefusals(status: Int, reason: String, code: PortError.Code, text: String) async throws {
        let body = #"{"success":false,"failure_reason":"\#(reason)","failure_message":"For a.b@example.org"}"#
        let (read, write, _) = try await codes { _ in .answer(status: status, body: body) }
        #expect(read.code == code)
        #expect(write.code == code)
        #expect(read.detail.contains(text))
        #expect(!read.detail.contains("example.org"))
    }

    @Test func neverRepeatsTheKey() async throws {
        let (read, _, _) = try await codes { request in
            .answer(status: 406, body: "bad request: \(request.values("api_key").first ?? "none")")
        }
        #expect(!read.detail.contains(Fixture.key))
        #expect(read.detail.contains("bad request: ***"))
    }

    @Test func takesAClosedConnectionForAnUnknownOutcome() async throws {
        let (read, write, requests) = try await codes { _ in .close }
        #expect(read.code == .unavailable)
        #expect(write.code == .unknownOutcome)
        #expect(requests == 4)
    }

    @Test func takesHalfAnAnswerForAnUnknownOutcome() async throws {
        let (read, write, _) = try await codes { _ in .truncated(#"{"success":true,"data":[],"total":0}"#) }
        #expect(read.code == .unavailable)
        #expect(write.code == .unknownOutcome)
    }

    @Test(arguments: [CannedReply.silence, .stalled(#"{"success":true,"data":[],"total":0}"#)])
    func givesUpWaiting(reply: CannedReply) async throws {
        let (read, write, _) = try await codes(requestTimeout: .milliseconds(200)) { _ in reply }
        #expect(read.code == .unavailable)
        #expect(write.code == .unknownOutcome)
    }

    @Test func knowsThatNothingWasSentToAServerThatIsAway() async throws {
        let url = try await CannedServer.with({ _ in .close }) { $0.url }
        try await Fixture.with(url: url) { fixture in
            let read = try await portError { try await fixture.client.members([MemberID(1)]) }
            #expect(read.code == .unavailable)
            let write = try await portError { try await fixture.client.write([flag]) }
            #expect(write.code == .unavailable)
        }
    }

    @Test func readsAgainAfterAGrowingPause() async throws {
        let attempts = Counter()
        try await Fixture.canned { _ in
            attempts.next() < 3 ? .answer(status: 500, body: "oops") : .rows([])
        } _: { fixture, _ in
            let found = try await fixture.client.members([MemberID(1)])
            #expect(found.isEmpty)
            #expect(fixture.clock.slept == [500, 1000])
            #expect(fixture.gate.results == [.failed, .failed, .answered])
        }
    }

    @Test func passesTheGatesRefusalOn() async throws {
        try await Fixture.canned { _ in
            .rows([])
        } _: { fixture, server in
            let until = Timestamp(seconds: 9)
            fixture.gate.refuse(with: PortError(.quotaSpent(until: until), operation: "admit", detail: "spent"))
            let error = try await portError { try await fixture.client.members([MemberID(1)]) }
            #expect(error.code == .quotaSpent(until: until))
            #expect(server.requests.isEmpty)
        }
    }

    @Test func endsWithItsTask() async throws {
        try await Fixture.canned { _ in
            .silence
        } _: { fixture, server in
            let task = Task { try await fixture.client.write([flag]) }
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(fixture.gate.results == [.failed])
        }
    }
}
