import Bridge
import HTTPCalls
import Mailchimp
import Reconciliation
import Store

extension Wiring {
    /// The client of a Mailchimp audience.
    ///
    /// - Parameter given: the credential; nil for the one that is stored.
    func makeMailchimp(
        _ name: AccountID,
        _ account: MailchimpAccountSettings,
        credential given: MailchimpCredential? = nil,
        http: HTTPClients
    ) async throws -> MailchimpClient {
        let credential: MailchimpCredential
        if let given { credential = given } else { credential = try await storedMailchimpCredential(of: name) }
        let settings = try MailchimpSettings(
            credential: credential,
            audience: account.audience,
            api: try account.apiURL.map { try ServiceAddress($0) },
            concurrency: account.concurrency ?? 4,
            requestsPerSecond: account.perSecond ?? 10
        )
        let gate = AccountGate(
            limits: .init(requestsPerSecond: settings.requestsPerSecond, concurrency: settings.concurrency),
            clock: clock
        )
        return MailchimpClient(settings, http: http.providers, gate: gate, clock: clock, logger: logger)
    }

    private func storedMailchimpCredential(of name: AccountID) async throws -> MailchimpCredential {
        let sealer = store.sealer
        let (key, token) = try await store.database.read { connection in
            (
                try AccountSecrets.secret(
                    named: MailchimpAccountSettings.apiKey,
                    account: name,
                    sealer: sealer,
                    on: connection
                ),
                try AccountSecrets.secret(
                    named: MailchimpAccountSettings.accessToken,
                    account: name,
                    sealer: sealer,
                    on: connection
                )
            )
        }
        if let token { return .accessToken(token) }
        if let key { return .apiKey(key) }
        throw Failure("\(name) has no API key stored; run causeway connect mailchimp again")
    }
}
