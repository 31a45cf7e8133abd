import Foundation

/// The authorisations that users gave to the API key, and the tokens made from them (constant-contact.md §3).
struct GrantBook {
    /// What a user allowed.
    private struct Grant {
        var account: String
        var scopes: [String]
        var isRevoked = false
        /// The refresh token that is valid now; nil without `offline_access`.
        var refreshToken: String?
    }

    private struct RefreshToken {
        var grant: Int
        var lastUsed: Double
        /// When a newer one replaced it.
        var replacedAt: Double?
    }

    private struct AccessToken {
        var grant: Int
        /// The account that the grant spoke for when the token was made.
        var account: String
        var expiresAt: Double
    }

    private struct Code {
        var account: String
        var scopes: [String]
        var redirectURI: String
        var expiresAt: Double
        var isUsed = false
    }

    /// What an access token allows.
    struct Access {
        var account: String
        var scopes: [String]
    }

    private var grants: [Grant] = []
    private var refreshTokens: [String: RefreshToken] = [:]
    private var accessTokens: [String: AccessToken] = [:]
    private var codes: [String: Code] = [:]
    private var generator: SeededGenerator

    /// A token that is idle for longer dies: 180 days (§3.2).
    private static let idleLimit = 180 * 86_400.0
    /// An authorisation code lives five minutes (§3.1).
    private static let codeLifetime = 300.0

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed ^ 0x7061_7373)
    }

    /// Records an authorisation that has a refresh token already, as an operator hands it over in a file.
    mutating func addGrant(account: String, scopes: [String], refreshToken: String, at now: Double) {
        grants.append(Grant(account: account, scopes: scopes, refreshToken: refreshToken))
        refreshTokens[refreshToken] = RefreshToken(grant: grants.count - 1, lastUsed: now)
    }

    /// The code that the browser brings back from an authorisation.
    mutating func issueCode(account: String, scopes: [String], redirectURI: String, at now: Double) -> String {
        let code = secret("code")
        codes[code] = Code(
            account: account,
            scopes: scopes,
            redirectURI: redirectURI,
            expiresAt: now + Self.codeLifetime
        )
        return code
    }

    /// The answer to `grant_type=authorization_code`.
    ///
    /// - Throws: `ConstantContactRefusal`, `invalid_grant`.
    mutating func redeem(
        code text: String,
        redirectURI: String?,
        options: ConstantContactOptions,
        at now: Double
    ) throws -> String {
        guard let code = codes[text], !code.isUsed, now < code.expiresAt, code.redirectURI == redirectURI else {
            throw ConstantContactRefusal.oauth("invalid_grant", "The authorization code is invalid or has expired.")
        }
        codes[text]?.isUsed = true
        // A new authorisation ends the earlier ones of the same account and key (§3.2).
        if options.rotatesRefreshTokens {
            for index in grants.indices where grants[index].account == code.account { retire(index, at: now) }
        }
        grants.append(Grant(account: code.account, scopes: code.scopes))
        let grant = grants.count - 1
        if code.scopes.contains("offline_access") { issueRefreshToken(for: grant, at: now) }
        return answer(grant: grant, options: options, at: now)
    }

    /// The answer to `grant_type=refresh_token`.
    ///
    /// - Throws: `ConstantContactRefusal`, `invalid_grant`.
    mutating func refresh(_ text: String, options: ConstantContactOptions, at now: Double) throws -> String {
        guard let token = refreshTokens[text], !grants[token.grant].isRevoked,
            now - token.lastUsed < Self.idleLimit,
            token.replacedAt.map({ now - $0 < options.refreshGraceSeconds }) ?? true
        else {
            throw ConstantContactRefusal.oauth("invalid_grant", "The refresh token is invalid or expired.")
        }
        refreshTokens[text]?.lastUsed = now
        if options.rotatesRefreshTokens, token.replacedAt == nil {
            retire(token.grant, at: now)
            issueRefreshToken(for: token.grant, at: now)
        }
        return answer(grant: token.grant, options: options, at: now)
    }

    /// What an access token allows now; nil when it allows nothing.
    func access(_ token: String, at now: Double) -> Access? {
        guard let found = accessTokens[token], now < found.expiresAt, !grants[found.grant].isRevoked else { return nil }
        return Access(account: found.account, scopes: grants[found.grant].scopes)
    }

    /// Takes back every authorisation of an account, as its owner does in the product.
    mutating func revoke(account: String) {
        for index in grants.indices where grants[index].account == account { grants[index].isRevoked = true }
    }

    /// Ends the access tokens before their time; refresh tokens stay.
    mutating func expireAccessTokens() {
        accessTokens.removeAll()
    }

    /// Lets every authorisation speak for another account from its next token on.
    mutating func moveGrants(to account: String) {
        for index in grants.indices { grants[index].account = account }
    }

    private mutating func retire(_ grant: Int, at now: Double) {
        guard let current = grants[grant].refreshToken else { return }
        refreshTokens[current]?.replacedAt = now
        grants[grant].refreshToken = nil
    }

    private mutating func issueRefreshToken(for grant: Int, at now: Double) {
        let text = secret("rt")
        refreshTokens[text] = RefreshToken(grant: grant, lastUsed: now)
        grants[grant].refreshToken = text
    }

    private mutating func answer(grant: Int, options: ConstantContactOptions, at now: Double) -> String {
        let token = accessToken(grant: grant, options: options, at: now)
        accessTokens = accessTokens.filter { $0.value.expiresAt > now }
        accessTokens[token] = AccessToken(
            grant: grant,
            account: grants[grant].account,
            expiresAt: now + options.accessTokenSeconds
        )
        var writer = JSONWriter()
        writer.object {
            $0.field("token_type", "Bearer")
            $0.field("expires_in", Int(options.accessTokenSeconds))
            $0.field("access_token", token)
            $0.field("scope", grants[grant].scopes.joined(separator: " "))
            $0.field("refresh_token", grants[grant].refreshToken)
        }
        return writer.text
    }

    /// A token of the form of a JWT with the documented claims (§3); its signature is noise, since no client checks it.
    private mutating func accessToken(grant: Int, options: ConstantContactOptions, at now: Double) -> String {
        var claims = JSONWriter()
        claims.object {
            $0.field("ver", 1)
            $0.field("jti", secret("AT"))
            $0.field("iss", "https://identity.constantcontact.com/oauth2/aus1lm3ry9mF7x2Ja0h8")
            $0.field("aud", "https://api.cc.email/v3")
            $0.field("iat", Int(now))
            $0.field("exp", Int(now + options.accessTokenSeconds))
            $0.field("cid", options.clientID)
            $0.strings("scp", grants[grant].scopes)
            $0.field("platform_user_id", grants[grant].account)
        }
        let header = "{\"kid\":\"sandbox\",\"alg\":\"RS256\"}"
        return [header, claims.text, secret("signature")].map { text in
            Data(text.utf8).base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }.joined(separator: ".")
    }

    private mutating func secret(_ prefix: String) -> String {
        "\(prefix)-\(String(generator.next(), radix: 36))\(String(generator.next(), radix: 36))"
    }
}
