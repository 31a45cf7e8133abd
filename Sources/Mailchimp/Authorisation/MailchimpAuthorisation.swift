import AsyncHTTPClient
import Bridge
import HTTPCalls
import NIOCore
import NIOHTTP1

/// The guided authorisation: OAuth 2 with a code, and the call that says where the account is (mailchimp.md §2).
///
/// ```swift
/// let address = authorisation.address(state: state)          // the browser goes there and comes back with a code
/// let grant = try await authorisation.exchange(code: code)
/// let settings = try MailchimpSettings(credential: .accessToken(grant.token), audience: id, api: grant.api)
/// ```
///
/// A token never expires and there is none to refresh it; it dies when its user revokes it.
package struct MailchimpAuthorisation: Sendable {
    /// What a completed authorisation gives.
    package struct Grant: Sendable, Hashable {
        package var token: String
        /// The base of the account's API, `/3.0` included.
        package var api: ServiceAddress
        package var dataCentre: String
        /// The account's name and the user's role, where the service says so.
        package var accountName: String
        package var role: String
    }

    private let login: ServiceAddress
    private let clientID: String
    private let clientSecret: String
    private let redirect: String
    private let transport: Transport

    /// - Parameters:
    ///   - login: the base of `/authorize`, `/token` and `/metadata`; nil for Mailchimp's own.
    ///   - redirect: where the browser is sent back to, as it is registered with the application.
    /// - Throws: `ServiceAddress.Unusable`, never without a `login`.
    package init(
        login: ServiceAddress? = nil,
        clientID: String,
        clientSecret: String,
        redirect: String,
        http: HTTPClient,
        gate: any CallGate = OpenGate()
    ) throws(ServiceAddress.Unusable) {
        self.login = if let login { login } else { try ServiceAddress("https://login.mailchimp.com/oauth2") }
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.redirect = redirect
        transport = Transport(client: http, gate: gate, timeout: .seconds(60)) { CallResult($0) }
    }

    /// Where the browser goes to be asked for its consent.
    ///
    /// - Parameter state: comes back with the code, and is good for one time only.
    package func address(state: String) -> String {
        let query = [
            ("response_type", "code"), ("client_id", clientID), ("redirect_uri", redirect), ("state", state),
        ]
        return login.appending("/authorize?" + PercentEncoding.encode(query))
    }

    /// Exchanges a code for a token, and asks where the account is.
    ///
    /// - Throws: `PortError`: `needsAuthorisation` when the code or the application's secret is refused.
    package func exchange(code: String) async throws -> Grant {
        try await grant(for: try await token(for: code))
    }

    /// Asks where the account of a token is.
    ///
    /// - Throws: `PortError`: `needsAuthorisation` when the token is refused.
    package func grant(for token: String) async throws -> Grant {
        let operation = "ask where the account is"
        var request = HTTPClientRequest(url: login.appending("/metadata"))
        // Neither Bearer nor Basic (mailchimp.md §2).
        request.headers.add(name: "Authorization", value: "OAuth \(token)")
        request.headers.add(name: "Accept", value: "application/json")
        let answer = try await send(request, body: nil, operation)
        var values: [String: String] = [:]
        do {
            _ = try answer.decode { reader in
                try reader.members { reader, key in
                    let name = key.text
                    if let value = try reader.scalar() { values[name] = value }
                }
            }
        } catch is JSONReader.Malformed {
            values = [:]
        }
        do throws(ServiceAddress.Unusable) {
            return Grant(
                token: token,
                api: try ServiceAddress((values["api_endpoint"] ?? "") + "/3.0"),
                dataCentre: values["dc"] ?? "",
                accountName: values["accountname"] ?? "",
                role: values["role"] ?? ""
            )
        } catch {
            let detail = "the answer does not say where the account is"
            throw PortError(.unreadableAnswer, operation: operation, detail: detail, status: answer.status)
        }
    }

    private func token(for code: String) async throws -> String {
        let operation = "exchange the code"
        var request = HTTPClientRequest(url: login.appending("/token"))
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Accept", value: "application/json")
        let form = [
            ("grant_type", "authorization_code"), ("client_id", clientID), ("client_secret", clientSecret),
            ("redirect_uri", redirect), ("code", code),
        ]
        let answer = try await send(request, body: ByteBuffer(string: PercentEncoding.encode(form)), operation)
        guard let token = try Self.member("access_token", of: answer), !token.isEmpty else {
            let detail = "the answer has no access token"
            throw PortError(.unreadableAnswer, operation: operation, detail: detail, status: answer.status)
        }
        return token
    }

    private func send(_ request: HTTPClientRequest, body: ByteBuffer?, _ operation: String) async throws
        -> ServiceAnswer
    {
        switch try await transport.send(request, body: body) {
        case .answered(let answer) where answer.isSuccess:
            return answer
        case .answered(let answer):
            let said = try Self.member("error_description", of: answer) ?? Self.member("error", of: answer)
            let code: PortError.Code =
                switch answer.status {
                case 429: .throttled(retryAfterSeconds: answer.retryAfterSeconds)
                case 500...: .unavailable
                default: .needsAuthorisation
                }
            let detail = "Mailchimp refuses it: \(ProblemReport.masked(said ?? "no reason was given")); authorise again"
            throw PortError(code, operation: operation, detail: detail, status: answer.status)
        case .unreachable(let reason), .notSent(let reason), .lost(let reason):
            // A code whose answer was lost is spent, and a new one is had at once.
            let detail = "Mailchimp's sign-in did not answer: \(reason); authorise again"
            throw PortError(.unavailable, operation: operation, detail: detail)
        }
    }

    /// A text in an answer; nil when there is none, or the answer cannot be read.
    private static func member(_ name: StaticString, of answer: ServiceAnswer) throws -> String? {
        do {
            return try answer.decode { reader in
                var found: String?
                try reader.members { reader, key in
                    if name ~= key { found = try reader.string() } else { try reader.skip() }
                }
                return found
            }
        } catch is JSONReader.Malformed {
            return nil
        }
    }
}
