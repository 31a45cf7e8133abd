import Bridge
import Foundation
import Mailchimp
import Reconciliation
import Store
import Workbooks

extension Wiring {
    /// The keeper of the hooks that an account's service has; nil for a service that has none.
    func makeHookKeeper(for account: Account, http: HTTPClients) async throws -> (any HookKeeper)? {
        switch account.kind {
        case WorkbooksAccountSettings.kind:
            let settings = try AccountSettingsText.decode(WorkbooksAccountSettings.self, from: account.settings)
            return WorkbooksHookKeeper(try await makeWorkbooks(account.name, settings, http: http))
        case MailchimpAccountSettings.kind:
            let settings = try AccountSettingsText.decode(MailchimpAccountSettings.self, from: account.settings)
            return MailchimpHookKeeper(try await makeMailchimp(account.name, settings, http: http))
        default: return nil
        }
    }

    /// Looks after the hooks of an account.
    ///
    /// - Parameter base: where deliveries go, without a secret at the end; nil keeps the addresses that are stored.
    func hookRegistration(of account: Account, keeper: any HookKeeper, base: String?) -> HookRegistration {
        HookRegistration(
            store: store,
            keeper: keeper,
            account: account.name,
            base: base,
            clock: clock
        ) {
            PathSecret.random()
        }
    }
}

extension CausewaySettings {
    /// Where an account's webhooks are to be sent.
    ///
    /// - Throws: `Failure` when no service could send anything there.
    func requireWebhookURL(of account: Account) throws -> String {
        guard let url = webhookURL(of: account) else {
            throw Failure(
                "the public address is not set, so no service can be told where to send webhooks: set CAUSEWAY_PUBLIC_URL "
                    + "(public.url) to the https address under which the listener is reached from outside"
            )
        }
        guard let parts = URL(string: url), parts.scheme == "https", parts.host?.isEmpty == false, parts.query == nil
        else {
            throw Failure(
                "public.url is “\(self[.publicURL] ?? "")”; it takes an https address without a query, such as "
                    + "https://causeway.example.org:8443"
            )
        }
        return url
    }
}
