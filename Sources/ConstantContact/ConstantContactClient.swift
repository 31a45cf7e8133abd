import AsyncHTTPClient
import Bridge
import HTTPCalls
import Logging
import NIOCore
import Reconciliation

/// One account of Constant Contact, through its V3 API (constant-contact.md).
///
/// Consent is guarded here as well as in the core: this client never calls `sign_up_form` or `resubscribe`, never
/// claims to act as the contact, and never repeats a permission that it read, unless it is `unsubscribed`
/// (design §8). It keeps nothing on disk; tokens live in the vault, the day's budget behind the gate.
package final class ConstantContactClient: EmailProvider {
    package let capabilities: ProviderCapabilities

    let caller: APICaller
    let fieldNames = FieldNames()
    let locks = ContactLocks()

    /// Makes a client; nothing is called before the first method is.
    ///
    /// - Parameters:
    ///   - http: should not follow redirects, which the service does not use.
    ///   - random: gives a number between nought and its argument, both included; spreads repetitions.
    package init(
        _ settings: ConstantContactSettings,
        vault: any TokenVault,
        http: HTTPClient,
        gate: any CallGate,
        clock: any WallClock,
        logger: Logger,
        random: @escaping @Sendable (Int64) -> Int64 = { Int64.random(in: 0...$0) }
    ) {
        let transport = Transport(client: http, gate: gate, timeout: .seconds(settings.timeoutSeconds)) {
            CallResult($0)
        }
        let backoff = Backoff(random: random)
        let tokens = TokenKeeper(
            vault: vault,
            authorisation: settings.authorisation,
            clientID: settings.clientID,
            clientSecret: settings.clientSecret,
            transport: transport,
            clock: clock,
            backoff: backoff,
            logger: logger
        )
        caller = APICaller(
            base: settings.api,
            transport: transport,
            tokens: tokens,
            clock: clock,
            backoff: backoff,
            logger: logger
        )
        capabilities = ProviderCapabilities(settings)
    }

    package func identify() async throws -> ProviderIdentity {
        let operation = "read the account summary"
        return try await caller.call(caller.read(operation, "/account/summary")) { answer in
            var (account, organisation) = ("", "")
            _ = try answer.decode { reader in
                try reader.members { reader, key in
                    switch key {
                    case "encoded_account_id": account = try reader.scalar() ?? ""
                    case "organization_name": organisation = try reader.string() ?? ""
                    default: try reader.skip()
                    }
                }
            }
            guard !account.isEmpty else { throw JSONReader.Malformed(offset: 0) }
            return ProviderIdentity(accountID: account, organisation: organisation)
        }
    }

    /// Renews the access token where it is old, so that the refresh token stays alive in an account that is idle.
    ///
    /// Every call does the same by itself; an account without calls needs this at least every 30 days
    /// (constant-contact.md §3.3, step 6).
    ///
    /// - Throws: `PortError`; `CancellationError`.
    package func keepAlive() async throws {
        _ = try await caller.tokens.current()
    }

    /// Reads a collection to its end.
    func all<Element>(
        _ operation: String,
        _ path: String,
        _ query: [(String, String)],
        under name: StaticString,
        _ element: (inout JSONReader) throws -> Element?
    ) async throws -> [Element] {
        var found: [Element] = []
        var request = caller.read(operation, path, query)
        var seen: Set<String> = []
        while true {
            let page = try await caller.call(request) { answer in
                try answer.decode { try Page.read(&$0, name, element) }
            }
            found += page.elements
            guard let next = page.next else { return found }
            request.url = try self.url(of: next, below: path, operation)
            guard seen.insert(request.url).inserted else {
                let detail = "the pages of the collection lead in a circle"
                throw PortError(.unreadableAnswer, operation: operation, detail: detail)
            }
        }
    }

    /// The address of a further page, which must lie where the first one did.
    func url(of cursor: String, below path: String, _ operation: String) throws -> String {
        let collection = caller.base.appending(path)
        guard let url = caller.base.following(cursor), url == collection || url.hasPrefix(collection + "?") else {
            let detail = "the link to the next page leads away from \(collection); it is not followed"
            throw PortError(.unreadableAnswer, operation: operation, detail: detail)
        }
        return url
    }
}

extension ProviderCapabilities {
    /// The limits of constant-contact.md §4 to §6.
    fileprivate init(_ settings: ConstantContactSettings) {
        self.init(
            longestAddress: 80,
            longestBulkAddress: 50,
            longestName: 50,
            longestFieldValue: FieldDocument.longestText,
            listsPerContact: ConstantContactLimits.listsPerContact,
            removalBatch: ConstantContactLimits.removalBatch,
            pageSize: ConstantContactLimits.pageSize,
            listsPerRemoval: ConstantContactLimits.listsPerActivity,
            listsPerQuery: ConstantContactLimits.listsPerQuery,
            masterListName: "All Workbooks Contacts",
            longestListName: ConstantContactLimits.longestListName,
            requestsPerSecond: settings.requestsPerSecond,
            concurrency: settings.concurrency,
            dailyLimit: settings.dailyLimit,
            sendsWebhooks: false,
            // `PUT /contacts/resubscribe/{contact_id}`, constant-contact.md §6 and §8.
            sendsConfirmationMail: true
        )
    }
}

/// The service's limits that requests are checked against before they are sent.
enum ConstantContactLimits {
    static let listsPerContact = 50
    static let removalBatch = 500
    static let pageSize = 500
    static let listsPerActivity = 50
    static let listsPerQuery = 25
    static let fieldsPerPage = 100
    static let longestLabel = 50
    static let longestListName = 255
}
