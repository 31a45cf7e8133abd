import Foundation
import Sandbox
import Testing

/// mailchimp.md §13 items 1 to 8 and 47, 48: who gets in, and how refusals look.
struct MailchimpAccessTests {
    @Test func acceptsBasicWithAnyUserNameAndBearer() async throws {
        try await MailchimpPeer.run { peer async throws in
            for user in ["anystring", "", "key"] {
                let pair = Data("\(user):\(peer.key)".utf8).base64EncodedString()
                let answer = try await peer.send("GET", "/3.0/ping", headers: [("Authorization", "Basic \(pair)")])
                #expect(answer.json?["health_status"] == "Everything's Chimpy!")
            }
            #expect(try await peer.get("/ping").status == 200)
            #expect(try await peer.get("/").json?["role"] == "owner")
        }
    }

    @Test func refusesAMissingOrWrongKeyWithAProblemDocument() async throws {
        try await MailchimpPeer.run { peer async throws in
            let missing = try await peer.send("GET", "/3.0/ping")
            #expect(missing.status == 401)
            #expect(missing.title == "API Key Missing")
            #expect(missing.header("Content-Type") == "application/problem+json; charset=utf-8")
            #expect(missing.header("Link")?.contains("rel=\"describedBy\"") == true)
            #expect(missing.header("X-Request-Id") != nil)
            #expect(missing.header("X-Request-Id") != missing.json?["instance"]?.stringValue)
            let wrong = try await peer.send("GET", "/3.0/ping", headers: [("Authorization", "Bearer nonsense-us6")])
            #expect(wrong.status == 401)
            #expect(wrong.title == "API Key Invalid")
        }
    }

    @Test func knowsTheDataCentreOfKeyAndPath() async throws {
        try await MailchimpPeer.run { peer async throws in
            let other = "0123456789abcdef0123456789abcdef-us7"
            #expect(
                try await peer.send("GET", "/3.0/ping", headers: [("Authorization", "Bearer \(other)")]).status == 401
            )
            let bearer = [("Authorization", "Bearer \(peer.key)")]
            #expect(try await peer.send("GET", "/us6/3.0/ping", headers: bearer).status == 200)
            #expect(try await peer.send("GET", "/us7/3.0/ping", headers: bearer).status == 403)
        }
    }

    @Test func exchangesACodeForATokenThatNeverExpires() async throws {
        try await MailchimpPeer.run { peer async throws in
            let redirect = "https%3A%2F%2Fbridge.example.org%2Fcallback"
            let authorize = try await peer.send(
                "GET",
                "/oauth2/authorize?response_type=code&client_id=sandbox-client&state=s1&redirect_uri=\(redirect)"
            )
            #expect(authorize.status == 302)
            let location = try #require(authorize.header("Location").flatMap(URLComponents.init(string:)))
            #expect(location.queryItems?.first { $0.name == "state" }?.value == "s1")
            let code = try #require(location.queryItems?.first { $0.name == "code" }?.value)
            let form = [("Content-Type", "application/x-www-form-urlencoded")]
            let body =
                "grant_type=authorization_code&client_id=sandbox-client&client_secret=sandbox-secret"
                + "&redirect_uri=\(redirect)&code=\(code)"
            let token = try await peer.send("POST", "/oauth2/token", headers: form, body: body)
            let secret = try #require(token.json?["access_token"]?.stringValue, "\(token.text)")
            #expect(token.json?["refresh_token"] == nil)
            #expect(try await peer.send("POST", "/oauth2/token", headers: form, body: body).status == 400)
            let metadata = try await peer.send(
                "GET",
                "/oauth2/metadata",
                headers: [("Authorization", "OAuth \(secret)")]
            )
            #expect(metadata.json?["dc"] == "us6")
            #expect(metadata.json?["api_endpoint"] == .string(peer.server.baseURL))
            peer.clock.advance(by: 400 * 86_400)
            let basic = Data("x:\(secret)".utf8).base64EncodedString()
            #expect(
                try await peer.send("GET", "/3.0/ping", headers: [("Authorization", "Basic \(basic)")]).status == 200
            )
            try await peer.control("options", #"{"clientSecret":"rotated"}"#)
            #expect(try await peer.send("POST", "/oauth2/token", headers: form, body: body).status == 401)
            try await peer.control("revoke")
            #expect(
                try await peer.send("GET", "/3.0/ping", headers: [("Authorization", "Bearer \(secret)")]).status == 401
            )
            let revoked = [("Authorization", "OAuth \(secret)")]
            #expect(try await peer.send("GET", "/oauth2/metadata", headers: revoked).status == 401)
        }
    }

    @Test func refusesTheEleventhRequestInFlightAcrossKeys() async throws {
        let second = "ffffffffffffffffffffffffffffffff-us6"
        try await MailchimpPeer.run(options: { $0.furtherApiKeys = [second] }) { peer async throws in
            // Longer than a busy machine takes to get all of them there and to ask once more.
            for _ in 0..<10 { peer.server.faults.add(try fault(#"{"kind":"latency","delayMs":20000,"path":"/ping"}"#)) }
            var other = peer
            other.key = second
            let statuses = try await withThrowingTaskGroup(of: Int.self) { [other] group in
                for index in 0..<10 {
                    group.addTask { try await (index % 2 == 0 ? peer : other).get("/ping").status }
                }
                try await peer.waitUntilInFlight(10)
                let refused = try await other.get("/lists")
                #expect(refused.status == 429)
                #expect(refused.title == "TooManyRequests")
                #expect(refused.header("Retry-After") == nil)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 10))
            #expect(try await peer.get("/lists").status == 200)
        }
    }

    @Test func keepsTheSlotOfACallThatItsClientGaveUp() async throws {
        try await MailchimpPeer.run(options: { $0.simultaneousRequests = 1 }) { peer async throws in
            peer.server.faults.add(try fault(#"{"kind":"timeout","effect":true,"path":"/members"}"#))
            let body = #"{"email_address":"ann.lee@example.com","status_if_new":"subscribed"}"#
            let call = Task { try await peer.put("\(MailchimpPeer.audience)/members/\(MailchimpPeer.annHash)", body) }
            try await peer.waitUntilInFlight(1)
            call.cancel()
            _ = await call.result
            #expect(try await peer.get("/ping").status == 429)
            // The handler ends after 120 seconds, and what it did stays done.
            peer.clock.advance(by: 121)
            try await peer.waitUntilInFlight(0)
            #expect(try await peer.status("ann.lee@example.com") == "subscribed")
        }
    }

    @Test func cutsASlowCallOffWithAPageOfHTML() async throws {
        try await MailchimpPeer.run { peer async throws in
            peer.server.faults.add(try fault(#"{"kind":"timeout","delayMs":20}"#))
            let answer = try await peer.get("/ping", isWrong: true)
            #expect(answer.status == 502)
            #expect(answer.header("Content-Type")?.hasPrefix("text/html") == true)
        }
    }

    @Test func floodsWithA403ThatHasNoBody() async throws {
        try await MailchimpPeer.run { peer async throws in
            peer.server.faults.add(try fault(#"{"kind":"flood"}"#))
            let empty = try await peer.get("/ping")
            #expect(empty.status == 403)
            #expect(empty.text.isEmpty)
            peer.server.faults.add(try fault(#"{"kind":"flood","body":"<html>Access Denied</html>"}"#))
            #expect(try await peer.get("/ping").json == nil)
            peer.server.faults.add(try fault(#"{"kind":"html","status":503}"#))
            #expect(try await peer.get("/ping").status == 503)
        }
    }

    @Test(arguments: [
        ("plain-http", 426), ("throttled", 429), ("forbidden", 403), ("user-disabled", 403), ("unauthorized", 401),
    ])
    func refusesByFault(kind: String, status: Int) async throws {
        try await MailchimpPeer.run { peer async throws in
            peer.server.faults.add(try fault(#"{"kind":"\#(kind)"}"#))
            let answer = try await peer.get("/ping", isWrong: true)
            #expect(answer.status == status)
            #expect(answer.json?["status"]?.intValue == status)
        }
    }

    @Test func overridesTheMethodOfAPostOnly() async throws {
        try await MailchimpPeer.run { peer async throws in
            let override = [("X-HTTP-Method-Override", "GET")]
            #expect(try await peer.api("POST", "/ping", headers: override, isWrong: true).status == 200)
            let refused = try await peer.api("GET", "/ping", headers: override, isWrong: true)
            #expect(refused.status == 422)
            #expect(refused.title == "InvalidMethodOverride")
        }
    }

    @Test func namesTheMethodsOfAResource() async throws {
        try await MailchimpPeer.run { peer async throws in
            let answer = try await peer.api("DELETE", "\(MailchimpPeer.audience)/members", isWrong: true)
            #expect(answer.status == 405)
            #expect(answer.header("Allow") == "GET, POST")
            #expect(try await peer.get("/nowhere", isWrong: true).status == 404)
            #expect(try await peer.get("/a/b/c/d/e/f/g/h", isWrong: true).status == 414)
        }
    }

    @Test(arguments: [
        ("APIKeyMissing", 401, "API Key Missing"), ("TooManyRequests", 429, "TooManyRequests"),
        ("InternalServerError", 500, "InternalServerError"), ("UserDisabled", 403, "User Disabled"),
        ("ResourceNotFound", 404, "Resource Not Found"), ("JSONParseError", 400, "JSON Parse Exception"),
    ])
    func triggersTheErrorThatAHeaderNames(name: String, status: Int, title: String) async throws {
        try await MailchimpPeer.run { peer async throws in
            let answer = try await peer.api("GET", "/ping", headers: [("X-Trigger-Error", name)])
            #expect(answer.status == status)
            #expect(answer.title == title)
        }
    }

    @Test func letsAViewerReadOnly() async throws {
        try await MailchimpPeer.run(options: { $0.role = "viewer" }) { peer async throws in
            #expect(try await peer.get("/lists").status == 200)
            let answer = try await peer.post("\(MailchimpPeer.audience)/segments", #"{"name":"T","static_segment":[]}"#)
            #expect(answer.status == 403)
            #expect(answer.title == "Forbidden")
        }
    }

    @Test func abridgesProblemsAndAddsUnknownKeysWhenAsked() async throws {
        try await MailchimpPeer.run(
            options: {
                $0.abridgesProblems = true
                $0.addsUnknownKeys = true
                $0.unknownStatusShare = 1
            },
            { peer async throws in
                let problem = try await peer.get("/lists/nowhere")
                #expect(problem.status == 404)
                #expect(problem.json?["type"] == nil)
                #expect(problem.json?["instance"] == "")
                let lists = try await peer.get("/lists")
                #expect(lists.json?["x_future_key"] != nil)
                #expect(lists.json?["lists"]?.arrayValue?.first?["x_future_key"] != nil)
                let body = #"{"email_address":"a@example.org","status_if_new":"subscribed"}"#
                let path = "\(MailchimpPeer.audience)/members/\(MailchimpPeer.hash("a@example.org"))"
                #expect(try await peer.put(path, body, isWrong: true).json?["status"] == "hibernating")
            }
        )
    }
}

/// A fault from its description.
func fault(_ text: String) throws -> SandboxFault {
    try #require(SandboxJSON(parsing: text).flatMap(SandboxFault.init))
}
