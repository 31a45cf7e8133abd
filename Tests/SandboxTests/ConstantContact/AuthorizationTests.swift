import Foundation
import Sandbox
import Testing

/// constant-contact.md §9 items 1 to 9 and 54.
struct ConstantContactAuthorizationTests {
    private static let redirect = "http://127.0.0.1:8080/oauth/constant-contact/callback"

    private func authorize(_ peer: ConstantContactPeer, _ parameters: [String: String]) async throws -> Answer {
        let standard = [
            "client_id": "sandbox-client", "redirect_uri": Self.redirect, "response_type": "code",
            "scope": "contact_data+account_read+offline_access", "state": "s1",
        ]
        let query = standard.merging(parameters) { $1 }.filter { !$0.value.isEmpty }.map { "\($0)=\($1)" }
        return try await peer.send(
            "GET",
            "/oauth2/default/v1/authorize?" + query.joined(separator: "&")
        )
    }

    private func code(_ peer: ConstantContactPeer, scope: String = "contact_data+offline_access") async throws -> String
    {
        let location = try #require(try await authorize(peer, ["scope": scope]).header("Location"))
        let items = URLComponents(string: location)?.queryItems
        #expect(items?.first { $0.name == "state" }?.value == "s1")
        return try #require(items?.first { $0.name == "code" }?.value)
    }

    @Test(arguments: ["state", "client_id", "redirect_uri", "scope", "response_type"])
    func refusesAnAuthorisationThatLacksAParameter(name: String) async throws {
        try await ConstantContactPeer.run { peer async throws in
            let answer = try await authorize(peer, [name: ""])
            #expect(answer.status == 400)
        }
    }

    @Test func refusesARedirectAddressThatIsNotRegistered() async throws {
        try await ConstantContactPeer.run(options: {
            $0.redirectURIs = [Self.redirect]
        }) { peer async throws in
            let registered = try await authorize(peer, [:])
            #expect(registered.status == 302)
            let other = try await authorize(peer, ["redirect_uri": "http://127.0.0.1:1/other"])
            #expect(other.status == 400)
        }
    }

    @Test func exchangesACodeOnceAndOnlyWithinFiveMinutes() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let first = try await code(peer)
            let form = "grant_type=authorization_code&redirect_uri=\(Self.redirect)&code="
            let tokens = try await peer.tokenCall(form + first)
            #expect(tokens.status == 200)
            #expect(tokens.json?["refresh_token"] != nil)
            #expect(try await peer.tokenCall(form + first).json?["error"] == "invalid_grant")

            let second = try await code(peer)
            peer.clock.advance(by: 301)
            #expect(try await peer.tokenCall(form + second).status == 400)
        }
    }

    @Test func givesNoRefreshTokenWithoutOfflineAccess() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let code = try await code(peer, scope: "contact_data")
            let form = "grant_type=authorization_code&redirect_uri=\(Self.redirect)&code=\(code)"
            let tokens = try await peer.tokenCall(form)
            #expect(tokens.status == 200)
            #expect(tokens.json?["refresh_token"] == nil)
        }
    }

    @Test func takesTheParametersOfTheTokenCallFromTheQueryToo() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let credentials = Data("sandbox-client:sandbox-secret".utf8).base64EncodedString()
            let query = "?grant_type=refresh_token&refresh_token=sandbox-refresh-1"
            let answer = try await peer.send(
                "POST",
                "/oauth2/default/v1/token" + query,
                headers: [
                    ("Authorization", "Basic \(credentials)"), ("Content-Type", "application/x-www-form-urlencoded"),
                ]
            )
            #expect(answer.status == 200)
        }
    }

    @Test func refusesAWrongSecretAndTheOldOneAfterAChange() async throws {
        try await ConstantContactPeer.run { peer async throws in
            let wrong = try await peer.refresh("sandbox-refresh-1", secret: "guess")
            #expect(wrong.status == 401)
            #expect(wrong.json?["error"] == "invalid_client")
            try await peer.control("options", #"{"clientSecret":"fresh"}"#)
            #expect(try await peer.refresh("sandbox-refresh-1").status == 401)
            #expect(try await peer.refresh("sandbox-refresh-1", secret: "fresh").status == 200)
        }
    }

    @Test func endsAnAccessTokenAfterADay() async throws {
        try await ConstantContactPeer.run { peer async throws in
            peer.clock.advance(by: 86_390)
            #expect(try await peer.get("/contact_lists").status == 200)
            peer.clock.advance(by: 10)
            let late = try await peer.get("/contact_lists")
            #expect(late.status == 401)
            #expect(late.json?["error_key"] == "unauthorized")
        }
    }

    @Test func replacesARotatingTokenAtEachUse() async throws {
        try await ConstantContactPeer.run(options: {
            $0.rotatesRefreshTokens = true
        }) { peer async throws in
            // The sign-in before the test has used the first token up.
            let again = try await peer.refresh("sandbox-refresh-1")
            #expect(again.status == 400)
            #expect(again.json?["error"] == "invalid_grant")
        }
    }

    @Test func letsExactlyOneOfTwoRefreshesAtOnceWin() async throws {
        try await ConstantContactPeer.run(options: {
            $0.rotatesRefreshTokens = true
        }) { peer async throws in
            try await peer.control("add-refresh-token", #"{"refresh_token":"both-want-this"}"#)
            async let first = peer.refresh("both-want-this")
            async let second = peer.refresh("both-want-this")
            let statuses = try await [first.status, second.status]
            #expect(statuses.sorted() == [200, 400])
        }
    }

    @Test func losesTheGrantWhenTheAnswerOfARotationIsLost() async throws {
        try await ConstantContactPeer.run(options: {
            $0.rotatesRefreshTokens = true
        }) { peer async throws in
            try await peer.control("add-refresh-token", #"{"refresh_token":"old"}"#)
            try await peer.control("faults", #"{"kind":"token-lost","path":"/token"}"#)
            await #expect(throws: (any Error).self) { try await peer.refresh("old") }
            #expect(try await peer.refresh("old").json?["error"] == "invalid_grant")
        }
    }

    @Test func stillTakesAReplacedTokenWithinTheGrace() async throws {
        try await ConstantContactPeer.run(options: {
            $0.rotatesRefreshTokens = true
            $0.refreshGraceSeconds = 30
        }) { peer async throws in
            try await peer.control("add-refresh-token", #"{"refresh_token":"old"}"#)
            let fresh = try await peer.refresh("old").json?["refresh_token"]?.stringValue
            let repeated = try await peer.refresh("old")
            #expect(repeated.status == 200)
            #expect(repeated.json?["refresh_token"]?.stringValue == fresh)
            peer.clock.advance(by: 31)
            #expect(try await peer.refresh("old").status == 400)
            #expect(try await peer.refresh(try #require(fresh)).status == 200)
        }
    }

    @Test func keepsALongLivedTokenForAHalfYearOfIdleness() async throws {
        try await ConstantContactPeer.run { peer async throws in
            for _ in 0..<2 {
                peer.clock.advance(by: 179 * 86_400)
                let answer = try await peer.refresh("sandbox-refresh-1")
                #expect(answer.json?["refresh_token"] == "sandbox-refresh-1")
            }
            peer.clock.advance(by: 180 * 86_400)
            #expect(try await peer.refresh("sandbox-refresh-1").status == 400)
        }
    }

    @Test func throttlesTheTokenEndpointWithoutSpoilingTheToken() async throws {
        try await ConstantContactPeer.run(options: {
            $0.tokenRequestsPerSecond = 1
        }) { peer async throws in
            #expect(try await peer.refresh("sandbox-refresh-1").status == 200)
            #expect(try await peer.refresh("sandbox-refresh-1").status == 429)
            peer.clock.advance(by: 1)
            #expect(try await peer.refresh("sandbox-refresh-1").status == 200)
        }
    }

    @Test func endsEverythingWhenTheOwnerRevokesAccess() async throws {
        try await ConstantContactPeer.run { peer async throws in
            try await peer.control("revoke")
            #expect(try await peer.get("/contact_lists").status == 401)
            #expect(try await peer.refresh("sandbox-refresh-1").json?["error"] == "invalid_grant")
            try await peer.control("add-refresh-token", #"{"refresh_token":"new"}"#)
            #expect(try await peer.refresh("new").status == 200)
        }
    }

    @Test func refusesWhatTheScopesOrPrivilegesDoNotCover() async throws {
        try await ConstantContactPeer.run(options: {
            $0.scopes = ["contact_data", "offline_access"]
        }) { peer async throws in
            #expect(try await peer.get("/contact_lists").status == 200)
            #expect(try await peer.get("/account/summary").status == 403)
            try await peer.control("options", #"{"missingPrivileges":["contacts:write"]}"#)
            #expect(try await peer.get("/contacts").status == 200)
            #expect(try await peer.get("/activities").status == 403)
            let names = try await peer.get("/account/user/privileges").json?.arrayValue?.compactMap {
                $0["privilege_name"]?.stringValue
            }
            #expect(names?.contains("contacts:read") == true)
            #expect(names?.contains("contacts:write") == false)
        }
    }

    @Test func answersLikeAGatewayOutsideTheAPI() async throws {
        try await ConstantContactPeer.run { peer async throws in
            #expect(try await peer.get("/no_such_thing").text == #"{"message":"Forbidden"}"#)
            let anonymous = try await peer.send("GET", "/v3/contact_lists")
            #expect(anonymous.status == 401)
            #expect(anonymous.text == #"{"message":"Forbidden"}"#)
        }
    }

    @Test func speaksForAnotherAccountAfterARenewedSignIn() async throws {
        try await ConstantContactPeer.run { peer async throws in
            #expect(try await peer.get("/account/summary").json?["encoded_account_id"] == "sandbox-account")
            try await peer.control("switch-account", #"{"encoded_account_id":"somebody-else"}"#)
            #expect(try await peer.get("/account/summary").json?["encoded_account_id"] == "sandbox-account")
            let tokens = try await peer.refresh("sandbox-refresh-1")
            var renewed = peer
            renewed.token = try #require(tokens.json?["access_token"]?.stringValue)
            let summary = try await renewed.get("/account/summary")
            #expect(summary.json?["encoded_account_id"] == "somebody-else")
        }
    }
}
