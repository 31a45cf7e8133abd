import Sandbox
import Testing

/// constant-contact.md §9 items 10 to 13 and 52.
struct ConstantContactLimitTests {
    @Test func refusesTheFifthRequestWithinASecond() async throws {
        try await ConstantContactPeer.run(options: {
            $0.requestsPerSecond = 4
        }) { peer async throws in
            for _ in 0..<4 { #expect(try await peer.get("/contact_lists").status == 200) }
            let fifth = try await peer.get("/contact_lists")
            #expect(fifth.status == 429)
            #expect(fifth.json?["error_key"] == "throttled")
            #expect(fifth.header("Retry-After") == nil)
            peer.clock.advance(by: 1)
            #expect(try await peer.get("/contact_lists").status == 200)
        }
    }

    @Test func refusesEverythingAfterTheDaysQuotaUntilMidnight() async throws {
        try await ConstantContactPeer.run { peer async throws in
            try await peer.control("requests-today", #"{"count":9999}"#)
            #expect(try await peer.get("/contact_lists").status == 200)
            let over = try await peer.get("/contact_lists")
            #expect(over.status == 429)
            #expect(over.json?["error_key"] == "quota_exceeded")
            peer.clock.set(ConstantContactPeer.start + 15 * 3_600 - 1)
            #expect(try await peer.get("/contact_lists").status == 429)
            peer.clock.advance(by: 1)
            #expect(try await peer.get("/contact_lists").status == 200)
        }
    }

    @Test func refusesBulkCallsOnlyWhileTheQueueIsFull() async throws {
        try await ConstantContactPeer.run(options: {
            $0.activitySeconds = 60
            $0.queuedActivityLimit = 2
        }) { peer async throws in
            let list = try await peer.makeList("L")
            for _ in 0..<2 { try await peer.importRows(["a@example.org"], to: [list]) }
            let body = #"{"import_data":[{"email":"b@example.org"}],"list_ids":["\#(list)"]}"#
            let third = try await peer.post("/activities/contacts_json_import", body)
            #expect(third.status == 429)
            #expect(third.json?.arrayValue?.count == 1)
            #expect(try await peer.get("/activities").status == 200)
            peer.clock.advance(by: 61)
            #expect(try await peer.post("/activities/contacts_json_import", body).status == 201)
        }
    }

    @Test(arguments: [("reset-before", false), ("reset-after", true)])
    func losesAConnectionBeforeOrAfterTheEffect(kind: String, hasEffect: Bool) async throws {
        try await ConstantContactPeer.run { peer async throws in
            try await peer.control("faults", #"{"kind":"\#(kind)","path":"/contact_lists"}"#)
            await #expect(throws: (any Error).self) { try await peer.makeList("Lost") }
            let found = try await peer.get("/contact_lists?name=Lost").json?["lists"]?.arrayValue
            #expect(found?.count == (hasEffect ? 1 : 0))
        }
    }

    @Test(arguments: [
        ("throttled", 429, "throttled"), ("quota", 429, "quota_exceeded"), ("unauthorized", 401, "unauthorized"),
    ])
    func injectsTheServicesOwnRefusals(kind: String, status: Int, key: String) async throws {
        try await ConstantContactPeer.run { peer async throws in
            try await peer.control("faults", #"{"kind":"\#(kind)"}"#)
            let answer = try await peer.get("/contacts")
            #expect(answer.status == status)
            #expect(answer.json?.errorKey == key)
        }
    }

    @Test func wantsJSONAsTheContentType() async throws {
        try await ConstantContactPeer.run { peer async throws in
            for type in ["text/plain", ""] {
                let answer = try await peer.send(
                    "POST",
                    "/v3/contacts",
                    headers: [("Authorization", "Bearer \(peer.token)")]
                        + (type.isEmpty ? [] : [("Content-Type", type)]),
                    body: #"{"create_source":"Account","first_name":"A"}"#
                )
                #expect(answer.status == 415)
            }
        }
    }

    @Test func refusesABodyThatIsNotJSON() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let answer = try await peer.post("/contacts", #"{"create_source":"#)
            #expect(answer.status == 400)
            #expect(answer.json?.errorKey == "http.status.bad_request")
        }
    }

    @Test func refusesAnUnknownOption() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let answer = try await peer.send("POST", "/_sandbox/options", body: #"{"pace":1}"#)
            #expect(answer.status == 400)
            try await peer.control("options", #"{"requestsPerSecond":1}"#)
            _ = try await peer.get("/contacts")
            #expect(try await peer.get("/contacts").status == 429)
            try await peer.control("options", #"{"requestsPerSecond":null}"#)
            #expect(try await peer.get("/contacts").status == 200)
        }
    }
}
