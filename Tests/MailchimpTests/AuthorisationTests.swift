import AsyncHTTPClient
import Bridge
import Foundation
import HTTPCalls
import Mailchimp
import Reconciliation
import Sandbox
import Testing

@Suite struct AuthorisationTests {
    @Test func leadsThroughTheConsentToTheAccount() async throws {
        try await withWorld { world in
            let authorisation = try make(world)
            let code = try await consent(authorisation)
            let grant = try await authorisation.exchange(code: code)
            #expect(grant.dataCentre == "us6")
            #expect(grant.accountName == "Sandbox Ltd")
            #expect(grant.api.description == "\(world.server.baseURL)/3.0")
            let client = try world.client(credential: .accessToken(grant.token), api: grant.api.description)
            #expect(try await client.identify().accountID == "sandbox-account/a1b2c3d4e5")

            // A code is good once; a token until it is revoked.
            #expect(try await failure { try await authorisation.exchange(code: code) }.code == .needsAuthorisation)
            try await world.control("revoke")
            #expect(try await failure { try await client.identify() }.code == .needsAuthorisation)
            #expect(try await failure { try await authorisation.grant(for: grant.token) }.code == .needsAuthorisation)
        }
    }

    @Test func aWrongSecretIsTold() async throws {
        try await withWorld { world in
            let code = try await consent(try make(world))
            let wrong = try make(world, secret: "wrong")
            let error = try await failure { try await wrong.exchange(code: code) }
            #expect(error.code == .needsAuthorisation)
            #expect(!error.detail.contains("wrong-secret"))
        }
    }

    private func make(_ world: World, secret: String = "sandbox-secret") throws -> MailchimpAuthorisation {
        try MailchimpAuthorisation(
            login: try ServiceAddress("\(world.server.baseURL)/oauth2"),
            clientID: "sandbox-client",
            clientSecret: secret,
            redirect: "http://127.0.0.1:8080/oauth/mailchimp/callback",
            http: World.http
        )
    }

    /// What a browser does: it goes to the address and comes back with a code.
    private func consent(_ authorisation: MailchimpAuthorisation) async throws -> String {
        let request = HTTPClientRequest(url: authorisation.address(state: "once&only"))
        let response = try await World.http.execute(request, timeout: .seconds(30))
        let location = try #require(response.headers.first(name: "Location"))
        let items = try #require(URLComponents(string: location)?.queryItems)
        #expect(items.first { $0.name == "state" }?.value == "once&only")
        return try #require(items.first { $0.name == "code" }?.value)
    }
}
