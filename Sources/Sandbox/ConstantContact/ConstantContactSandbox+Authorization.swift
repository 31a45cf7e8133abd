import Foundation

/// The sign-in server (constant-contact.md §3). Consent pages are left out: whoever asks is allowed at once.
extension ConstantContactSandbox {
    func authorization(_ request: SandboxRequest, path: String) throws -> SandboxResponse {
        switch (request.method, path) {
        case ("POST", "token"): return try token(request)
        case ("GET", "authorize"): return try authorize(request)
        default: throw ConstantContactRefusal.gateway(403)
        }
    }

    private func authorize(_ request: SandboxRequest) throws -> SandboxResponse {
        guard request.queryValue("client_id") == options.clientID else {
            throw ConstantContactRefusal.oauth("invalid_client", "The client is unknown.")
        }
        guard let target = request.queryValue("redirect_uri"), URL(string: target)?.scheme != nil,
            options.redirectURIs.isEmpty || options.redirectURIs.contains(target)
        else { throw ConstantContactRefusal.oauth("invalid_request", "The redirect_uri is not registered.") }
        guard let state = request.queryValue("state"), !state.isEmpty else {
            throw ConstantContactRefusal.oauth("invalid_request", "The state is missing.")
        }
        guard request.queryValue("response_type") == "code" else {
            throw ConstantContactRefusal.oauth("unsupported_response_type", "Only the type code is supported.")
        }
        let known: Set<String> = [
            "contact_data", "campaign_data", "account_read", "account_update", "offline_access",
        ]
        let scopes = (request.queryValue("scope") ?? "").split(separator: " ").map(String.init)
        guard !scopes.isEmpty, known.isSuperset(of: scopes) else {
            throw ConstantContactRefusal.oauth("invalid_scope", "The scope is missing or has an unknown name.")
        }
        let code = grants.issueCode(account: currentAccount().id, scopes: scopes, redirectURI: target, at: now)
        var address = URLComponents(string: target) ?? URLComponents()
        let answer = [URLQueryItem(name: "code", value: code), URLQueryItem(name: "state", value: state)]
        address.queryItems = (address.queryItems ?? []) + answer
        return .empty(status: 302, headers: [("Location", address.string ?? target)])
    }

    private func token(_ request: SandboxRequest) throws -> SandboxResponse {
        try admitTokenRequest()
        guard request.mediaType == "application/x-www-form-urlencoded" else {
            throw ConstantContactRefusal.oauth("invalid_request", "The body must be a form.")
        }
        guard isAuthenticated(request) else {
            throw ConstantContactRefusal.oauth("invalid_client", status: 401, "The client or its secret is wrong.")
        }
        // Samples of the guide carry the parameters in the query (§9 item 2).
        let form = request.form + request.query
        func value(_ name: String) -> String? { form.first { $0.name == name }?.value }
        let text: String
        switch value("grant_type") {
        case "refresh_token":
            guard let token = value("refresh_token") else {
                throw ConstantContactRefusal.oauth("invalid_request", "The refresh_token is missing.")
            }
            text = try grants.refresh(token, options: options, at: now)
        case "authorization_code":
            text = try grants.redeem(
                code: value("code") ?? "",
                redirectURI: value("redirect_uri"),
                options: options,
                at: now
            )
        default:
            throw ConstantContactRefusal.oauth("unsupported_grant_type", "The grant type is not supported.")
        }
        return .json(text, headers: [("Cache-Control", "no-store")])
    }

    private func isAuthenticated(_ request: SandboxRequest) -> Bool {
        guard let header = request.header("Authorization"), header.lowercased().hasPrefix("basic "),
            let data = Data(base64Encoded: header.dropFirst(6).trimmingCharacters(in: .whitespaces))
        else { return false }
        return String(decoding: data, as: UTF8.self) == "\(options.clientID):\(options.clientSecret)"
    }
}
