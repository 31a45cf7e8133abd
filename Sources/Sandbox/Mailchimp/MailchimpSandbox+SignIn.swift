import Foundation

/// The sign-in server, and the storage host of batch results (mailchimp.md §2, §6).
///
/// Consent pages are left out: whoever asks is allowed at once.
extension MailchimpSandbox {
    func outsideAPI(_ request: SandboxRequest) throws -> SandboxResponse {
        switch (request.method, request.path) {
        case ("GET", "/oauth2/authorize"): return authorize(request)
        case ("POST", "/oauth2/token"): return token(request)
        case ("GET", "/oauth2/metadata"): return metadata(request)
        case ("GET", let path) where path.hasPrefix("/storage/"): return stored(request)
        default: throw MailchimpProblem.notFound
        }
    }

    /// The secret that a call presents: the password of Basic with any user name, or the token of Bearer.
    static func credential(_ request: SandboxRequest) -> String? {
        guard let header = request.header("Authorization") else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0].lowercased() {
        case "bearer": return parts[1].trimmingBlanks()
        case "basic":
            guard let data = Data(base64Encoded: parts[1].trimmingBlanks()) else { return nil }
            let pair = String(decoding: data, as: UTF8.self)
            return pair.firstIndex(of: ":").map { String(pair[pair.index(after: $0)...]) }
        default: return nil
        }
    }

    private func authorize(_ request: SandboxRequest) -> SandboxResponse {
        guard request.queryValue("client_id") == options.clientID, request.queryValue("response_type") == "code",
            let target = request.queryValue("redirect_uri"), URL(string: target)?.scheme != nil,
            options.redirectURIs.isEmpty || options.redirectURIs.contains(target)
        else { return Self.oauthError("invalid_request", "Check response_type, client_id and redirect_uri.") }
        var address = URLComponents(string: target) ?? URLComponents()
        var items = [URLQueryItem(name: "code", value: grants.issueCode(redirectURI: target, at: now))]
        if let state = request.queryValue("state") { items.append(URLQueryItem(name: "state", value: state)) }
        address.queryItems = (address.queryItems ?? []) + items
        return .empty(status: 302, headers: [("Location", address.string ?? target)])
    }

    private func token(_ request: SandboxRequest) -> SandboxResponse {
        guard request.mediaType == "application/x-www-form-urlencoded",
            request.formValue("grant_type") == "authorization_code"
        else { return Self.oauthError("invalid_request", "The body is a form with grant_type=authorization_code.") }
        guard request.formValue("client_id") == options.clientID,
            request.formValue("client_secret") == options.clientSecret
        else { return Self.oauthError("invalid_client", "The client or its secret is wrong.", status: 401) }
        let redirect = request.formValue("redirect_uri")
        guard let token = grants.redeem(code: request.formValue("code") ?? "", redirectURI: redirect, at: now) else {
            return Self.oauthError("invalid_grant", "The code is invalid or has expired.")
        }
        // It never expires and there is nothing to refresh (§2).
        return .json(["access_token": .string(token), "expires_in": 0, "scope": nil])
    }

    private func metadata(_ request: SandboxRequest) -> SandboxResponse {
        guard let header = request.header("Authorization"), header.hasPrefix("OAuth "),
            grants.allows(String(header.dropFirst(6)))
        else { return Self.oauthError("invalid_token", "The token is missing or unknown.", status: 401) }
        let host = "http://\(request.header("Host") ?? "127.0.0.1")"
        return .json([
            "dc": .string(options.dataCenter), "role": .string(options.role), "accountname": "Sandbox Ltd",
            "user_id": 4_711, "login": ["email": "owner@example.org", "login_id": 4_711, "login_name": "sandbox"],
            "login_url": .string(host + "/login"), "api_endpoint": .string(host),
        ])
    }

    /// A file of results: only with the signature of its address, in time, and without any authorisation (§6).
    private func stored(_ request: SandboxRequest) -> SandboxResponse {
        let suffix = "-response.tar.gz"
        guard request.header("Authorization") == nil else {
            return Self.storageError("InvalidArgument", "Only one authorization mechanism is allowed.", status: 400)
        }
        guard let file = request.segments.last, file.hasSuffix(suffix),
            let expires = request.queryValue("Expires").flatMap(Int.init), Double(expires) > now,
            case let id = String(file.dropLast(suffix.count)),
            request.queryValue("Signature") == MailchimpAPI.signature(id, expires)
        else { return Self.storageError("AccessDenied", "Request has expired", status: 403) }
        do {
            let bytes = try call(request).results(of: id)
            return SandboxResponse(status: 200, headers: [("Content-Type", "application/gzip")], body: bytes)
        } catch {
            return Self.storageError("NoSuchKey", "The specified key does not exist.", status: 404)
        }
    }

    private static func oauthError(_ error: String, _ description: String, status: Int = 400) -> SandboxResponse {
        .json(["error": .string(error), "error_description": .string(description)], status: status)
    }

    private static func storageError(_ code: String, _ message: String, status: Int) -> SandboxResponse {
        var response = SandboxResponse.html(
            "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(message)</Message></Error>",
            status: status
        )
        response.headers = [("Content-Type", "application/xml")]
        return response
    }
}
