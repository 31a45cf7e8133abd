import AsyncHTTPClient
import Bridge
import HTTPCalls
import Logging
import NIOCore
import Reconciliation

/// One audience of a Mailchimp account, through the Marketing API 3.0 (mailchimp.md).
///
/// A list of the engine's is a tag, which the API calls a static segment; its id is the segment's number, and names count
/// for nothing. A contact's id is `contact_id`, which stays when the address changes.
///
/// Consent is guarded here as well as in the core: the status of a member that is there is written only to unsubscribe
/// it, to take such an unsubscribe back, or to have the service ask the person; tags of others are never touched, nobody
/// is archived or deleted. The client keeps nothing on disk.
package final class MailchimpClient: EmailProvider {
    package let capabilities: ProviderCapabilities

    let caller: MailchimpCaller
    let transport: Transport
    let settings: MailchimpSettings
    let mergeFields = MergeFields()
    let audience = AudienceBook()
    let clock: any WallClock
    let logger: Logger

    /// Makes a client; nothing is called before the first method is.
    ///
    /// - Parameters:
    ///   - http: should not follow redirects, which the service does not use.
    ///   - random: gives a number between nought and its argument, both included; spreads repetitions.
    package init(
        _ settings: MailchimpSettings,
        http: HTTPClient,
        gate: any CallGate,
        clock: any WallClock,
        logger: Logger,
        random: @escaping @Sendable (Int64) -> Int64 = { Int64.random(in: 0...$0) }
    ) {
        self.settings = settings
        self.clock = clock
        self.logger = logger
        transport = Transport(client: http, gate: gate, timeout: .seconds(settings.timeoutSeconds)) { CallResult($0) }
        caller = MailchimpCaller(
            base: settings.api,
            secret: settings.credential.secret,
            transport: transport,
            clock: clock,
            backoff: Backoff(random: random),
            slots: UserSlots(limit: settings.simultaneousCalls),
            logger: logger
        )
        capabilities = ProviderCapabilities(settings)
    }

    /// Says which account and which audience the credential leads to; `accountID` names both, parted by a slash.
    package func identify() async throws -> ProviderIdentity {
        let operation = "read the account"
        if let wrong = settings.wrongDataCentre {
            throw PortError(.needsAuthorisation, operation: operation, detail: wrong)
        }
        let query = [("fields", "account_id,account_name")]
        let (account, name) = try await caller.call(caller.read(operation, "/", query)) { answer in
            var (account, name) = ("", "")
            _ = try answer.decode { reader in
                try reader.members { reader, key in
                    switch key {
                    case "account_id": account = try reader.scalar() ?? ""
                    case "account_name": name = try reader.string() ?? ""
                    default: try reader.skip()
                    }
                }
            }
            guard !account.isEmpty else { throw JSONReader.Malformed(offset: 0) }
            return (account, name)
        }
        let facts = try await audienceFacts(maximumAge: 0)
        return ProviderIdentity(accountID: "\(account)/\(facts.id)", organisation: "\(name) / \(facts.name)")
    }

    /// The path of the audience, or of something below it.
    func path(_ suffix: String = "") -> String {
        "/lists/\(PercentEncoding.encode(settings.audience))\(suffix)"
    }

    /// Reads a small collection to its end.
    func all<Element>(
        _ operation: String,
        _ path: String,
        _ query: [(String, String)],
        under name: StaticString,
        _ element: (inout JSONReader) throws -> Element?
    ) async throws -> [Element] {
        var found: [Element] = []
        var offset = 0
        while true {
            let bounds = [("count", String(MailchimpLimits.pageSize)), ("offset", String(offset))]
            let page = try await caller.call(caller.read(operation, path, query + bounds)) { answer in
                try answer.decode { try CollectionPage.read(&$0, name, element) }
            }
            found += page.elements
            offset += page.count
            let isLast = page.count == 0 || page.total.map { offset >= $0 } ?? (page.count < MailchimpLimits.pageSize)
            if isLast { return found }
        }
    }
}

extension MailchimpSettings {
    /// What is wrong when the key is of another data centre than the address; nil when nothing is, or nobody can tell.
    fileprivate var wrongDataCentre: String? {
        let suffix = ".api.mailchimp.com"
        let host = api.origin.drop { $0 != "/" }.drop { $0 == "/" }.lowercased()
        guard let own = credential.dataCentre, host.hasSuffix(suffix), host != "\(own)\(suffix)" else { return nil }
        return "the API key is of the data centre \(own), and the API address \(api) of another;"
            + " give https://\(own)\(suffix)/3.0 or leave the address out"
    }
}

extension ProviderCapabilities {
    /// The limits of mailchimp.md §2 to §7.
    fileprivate init(_ settings: MailchimpSettings) {
        self.init(
            longestAddress: 254,
            longestBulkAddress: 254,
            longestName: MailchimpLimits.textBytes,
            longestFieldValue: MailchimpLimits.textBytes,
            listsPerContact: .max,
            removalBatch: MailchimpLimits.bulkRows,
            pageSize: MailchimpLimits.pageSize,
            listsPerRemoval: 20,
            listsPerQuery: 1,
            // The audience itself is the list of everybody (design §4).
            masterListName: nil,
            longestListName: MailchimpLimits.listNameLength,
            requestsPerSecond: settings.requestsPerSecond,
            concurrency: settings.concurrency,
            dailyLimit: nil,
            sendsWebhooks: true,
            // `pending` has the service send its confirmation mail (mailchimp.md §5, the transitions).
            sendsConfirmationMail: true,
            listNamePrefix: "WB:",
            traits: ProviderTraits(
                onlyThePersonReturns: true,
                peopleCanLeaveLists: false,
                measuresBytes: true,
                recordFields: MergeFields.record
            ),
            tellsKnownRows: true
        )
    }
}
