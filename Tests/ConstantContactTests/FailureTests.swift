import Bridge
import ConstantContact
import Reconciliation
import Sandbox
import Testing

@Suite struct FailureTests {
    private static let row = ContactRow(email: "a@example.org", firstName: "", lastName: "")

    @Test(arguments: [
        #""kind":"status","status":503"#, #""kind":"status","status":500,"body":"<html>"#,
        #""kind":"status","status":502"#, #""kind":"html""#, #""kind":"html","status":503"#, #""kind":"empty""#,
        #""kind":"truncated""#, #""kind":"reset-before""#, #""kind":"reset-after""#, #""kind":"throttled""#,
    ])
    func repeatsAReadUntilItIsAnswered(fault: String) async throws {
        let fault = fault.hasSuffix("<html>") ? fault + #"""# : fault
        try await withWorld { world in
            try world.fault("{\(fault),\"method\":\"GET\",\"times\":3}")
            _ = try await world.client.identify()
            #expect(world.calls("GET /v3/account/summary") == 4)
        }
    }

    @Test(arguments: [
        (#""kind":"status","status":503"#, PortError.Code.unavailable),
        (#""kind":"reset-after""#, .unavailable),
        (#""kind":"html""#, .unreadableAnswer),
        (#""kind":"empty""#, .unreadableAnswer),
        (#""kind":"throttled""#, .throttled(retryAfterSeconds: nil)),
    ])
    func givesUpAReadAfterAFewTimes(fault: String, code: PortError.Code) async throws {
        try await withWorld { world in
            try world.fault("{\(fault),\"method\":\"GET\",\"times\":99}")
            #expect(try await failure { try await world.client.identify() }.code == code)
            #expect(world.calls("GET /v3/account/summary") == 4)
        }
    }

    @Test(arguments: [
        (400, PortError.Code.refused), (403, .forbidden), (409, .conflict(existing: nil)), (410, .notFound),
        (413, .refused), (415, .refused), (422, .refused), (302, .unreadableAnswer),
    ])
    func doesNotRepeatWhatTheServiceDecided(status: Int, code: PortError.Code) async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"status","status":\#(status),"path":"/v3/","times":99}"#)
            let error = try await failure { try await world.client.identify() }
            #expect(error.code == code)
            #expect(error.status == status)
            #expect(world.calls("GET /v3/account/summary") == 1)
        }
    }

    @Test func saysWhatAForbiddenCallMayLack() async throws {
        try await withWorld {
            $0.missingPrivileges = ["contacts:write"]
        } _: { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let error = try await failure { try await world.client.submit(.upsert([Self.row], onto: [list])) }
            #expect(error.code == .forbidden)
            #expect(error.detail.contains("contacts:write"))
        }
        try await withWorld {
            $0.scopes = ["account_read", "offline_access"]
        } _: { world async throws in
            #expect(try await failure { try await world.client.lists() }.code == .forbidden)
        }
    }

    @Test func waitsASecondWhenItIsTooFast() async throws {
        try await withWorld {
            $0.requestsPerSecond = 4
        } _: { world in
            let start = world.clock.now
            for _ in 0..<9 { _ = try await world.client.identify() }
            #expect(world.clock.now - start >= 2)
            #expect(world.gate.results.contains(.throttled(retryAfterSeconds: nil)))
        }
    }

    @Test func stopsUntilMidnightWhenTheDayIsSpent() async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"quota","path":"/v3/"}"#)
            let error = try await failure { try await world.client.identify() }
            #expect(error.code == .quotaSpent(until: Timestamp(seconds: 1_772_755_200)))
            #expect(world.gate.results.last == .quotaSpent)
            #expect(world.calls("GET /v3/account/summary") == 1)
            _ = try await failure { try await world.client.identify() }
            world.clock.advance(by: 12 * 3600)
            _ = try await world.client.identify()
        }
    }

    @Test func knowsAFullQueueFromHaste() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            try world.fault(#"{"kind":"queue-full","path":"activities"}"#)
            let change = BulkChange.upsert([Self.row], onto: [list])
            #expect(try await failure { try await world.client.submit(change) }.code == .queueFull)

            try world.fault(#"{"kind":"throttled","path":"activities"}"#)
            _ = try await world.client.submit(change)
        }
    }

    @Test func hitsTheRealQueueLimit() async throws {
        try await withWorld {
            $0.queuedActivityLimit = 2
            $0.activitySeconds = 100
        } _: { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let change = BulkChange.upsert([Self.row], onto: [list])
            _ = try await world.client.submit(change)
            _ = try await world.client.submit(change)
            #expect(try await failure { try await world.client.submit(change) }.code == .queueFull)
        }
    }

    @Test(arguments: [
        #""kind":"reset-after""#, #""kind":"reset-before""#, #""kind":"truncated""#,
        #""kind":"status","status":503"#, #""kind":"status","status":500,"effect":true"#,
        #""kind":"html","status":200,"effect":true"#, #""kind":"empty","status":201,"effect":true"#,
    ])
    func neverRepeatsAChangeThatMayHaveHappened(fault: String) async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "").id
            let id = try await world.plant(#"{"email":"ada@example.org"}"#)
            let changes: [(String, String, () async throws -> Void)] = [
                ("POST", "contact_lists", { _ = try await world.client.createList(named: "B", description: "") }),
                ("POST", "contacts", { _ = try await world.client.upsert(Self.row, known: nil, onto: []) }),
                ("PUT", "contacts", { _ = try await world.client.unsubscribe(id, reason: "") }),
                ("POST", "json_import", { _ = try await world.client.submit(.upsert([Self.row], onto: [list])) }),
                (
                    "POST", "remove_list",
                    { _ = try await world.client.submit(.remove([ContactReference(id)], from: [list])) }
                ),
            ]
            for (method, path, change) in changes {
                try world.fault("{\(fault),\"method\":\"\(method)\",\"path\":\"\(path)\"}")
                let before = world.server.counts(method)
                let error = try await failure { try await change() }
                #expect(error.code == .unknownOutcome, "\(path): \(error)")
                #expect(world.server.counts(method) == before + 1)
            }
        }
    }

    @Test func saysThatTheServiceCannotBeReached() async throws {
        let client = try offlineClient()
        let error = try await failure { try await client.createList(named: "Spring", description: "") }
        #expect(error.code == .unavailable)
    }

    @Test func givesUpWhenNoAnswerComes() async throws {
        try await withWorld { world in
            _ = try await world.client.identify()
            let hasty = try world.secondClient(timeoutSeconds: 2)
            try world.fault(#"{"kind":"latency","delayMs":6000,"method":"POST"}"#)
            let error = try await failure { try await hasty.createList(named: "Spring", description: "") }
            #expect(error.code == .unknownOutcome)
        }
    }

    @Test func endsAtOnceWhenItIsCancelled() async throws {
        try await withWorld { world in
            _ = try await world.client.identify()
            try world.fault(#"{"kind":"latency","delayMs":5000,"method":"GET"}"#)
            let reading = Task { try await world.client.lists() }
            let deadline = ContinuousClock.now + .seconds(10)
            while world.calls("GET /v3/contact_lists") == 0, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(2))
            }
            reading.cancel()
            await #expect(throws: CancellationError.self) { try await reading.value }
        }
    }

    @Test func tellsTheGateAboutEveryCall() async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"status","status":503,"path":"summary"}"#)
            _ = try await world.client.identify()
            #expect(world.gate.admitted == world.calls)
            #expect(world.gate.results == [.answered, .failed, .answered])
        }
    }

    @Test func keepsSecretsAndAddressesOutOfErrors() async throws {
        try await withWorld { world in
            let body =
                #"[{\"error_key\":\"contacts.api.validation.error\",\"error_message\":\"bad\\naddress ada@example.org\"}]"#
            try world.fault(#"{"kind":"status","status":400,"path":"contacts","body":"\#(body)"}"#)
            let error = try await failure { try await world.client.upsert(Self.row, known: nil, onto: []) }
            #expect(error.code == .refused)
            #expect(error.detail == "bad address (address)" || !error.detail.contains("@"))
            #expect(!"\(error)".contains("sandbox-"))
        }
    }
}

extension SandboxServer {
    /// How many calls of a method were made.
    fileprivate func counts(_ method: String) -> Int {
        calls.counts.filter { $0.key.hasPrefix(method + " ") && !$0.key.contains("token") }.values.reduce(0, +)
    }
}
