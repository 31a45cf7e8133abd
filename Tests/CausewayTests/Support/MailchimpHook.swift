import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Reconciliation
import Sandbox
import Store
import Testing

/// The webhook of a simulated audience that points at a `serve`, made step by step as `webhooks register` makes it.
struct MailchimpHook: Sendable {
    static let account = "mailchimp"

    let installation: Installation
    let id: String

    /// Notes a hook, has the simulated service make it, and stores what the answer told.
    static func make(for serving: Serving, _ installation: Installation) async throws -> MailchimpHook {
        let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let hook = try await installation.withStore { store in
            let sealer = store.sealer
            return try await store.database.write { connection in
                try Hooks.begin(
                    account: AccountID(account),
                    topic: "audience",
                    url: serving.url("/webhooks/mailchimp/\(account)"),
                    pathSecret: "0123456789abcdef0123456789abcdef",
                    now: now,
                    sealer: sealer,
                    on: connection
                )
            }
        }
        let created = try await create(hook.address, installation)
        let id = try #require(created["id"]?.stringValue)
        let secret = try #require(created["signing_secret"]?.stringValue)
        try await installation.withStore { store in
            let sealer = store.sealer
            _ = try await store.database.write { connection in
                try Hooks.activateIfCreating(
                    hook.id,
                    remoteID: id,
                    signingSecret: secret,
                    overlap: 0,
                    now: now,
                    sealer: sealer,
                    on: connection
                )
            }
        }
        return MailchimpHook(installation: installation, id: id)
    }

    /// The hook's address, secret included.
    func path() async throws -> String {
        try await installation.withStore { store in
            let sealer = store.sealer
            let hook = try await store.database.read {
                try Hooks.current(account: AccountID(Self.account), topic: "audience", sealer: sealer, on: $0).active
            }
            return URL(string: try #require(hook).address)?.path() ?? ""
        }
    }

    /// The deliveries of the simulated service so far, once none is due.
    func deliveries() async throws -> [SandboxJSON] {
        try await installation.audience.read("deliveries?idle=20").arrayValue ?? []
    }

    private static func create(_ url: String, _ installation: Installation) async throws -> SandboxJSON {
        let events = ["subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign"]
        let body: SandboxJSON = [
            "url": .string(url),
            "events": .object(Dictionary(uniqueKeysWithValues: events.map { ($0, .bool(true)) })),
            "sources": ["user": true, "admin": true, "api": false],
        ]
        let description = installation.world.description["mailchimp"]
        let audience = description?["audience"]?.stringValue ?? ""
        var request = HTTPClientRequest(
            url: (description?["apiUrl"]?.stringValue ?? "") + "/lists/\(audience)/webhooks"
        )
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(description?["apiKey"]?.stringValue ?? "")")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Connection", value: "close")
        request.body = .bytes(ByteBuffer(string: body.text))
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let text = String(buffer: try await answer.body.collect(upTo: 1 << 20))
        try #require(answer.status == .ok, "\(text)")
        return try #require(SandboxJSON(parsing: text))
    }
}

extension Installation {
    /// The simulated Mailchimp.
    var audience: Peer { Peer(server: world.mailchimp) }

    /// Connects Workbooks and nothing else.
    func connectWorkbooks() async throws {
        let crm = world.description["workbooks"]
        let key = try folder.write(crm?["apiKey"]?.stringValue ?? "", to: "api-key")
        try await succeed(
            "connect",
            "workbooks",
            "--url",
            crm?["url"]?.stringValue ?? "",
            "--api-key-file",
            key,
            "--poll-interval",
            pace.pollInterval,
            "--per-second",
            "1000"
        )
    }

    /// Connects Workbooks, and stores the audience of the simulated Mailchimp as an account that sends deliveries.
    func connectWorkbooksAndAudience() async throws {
        try await connectWorkbooks()
        let description = world.description["mailchimp"]
        let settings: SandboxJSON = [
            "apiURL": description?["apiUrl"] ?? .null, "audience": description?["audience"] ?? .null,
        ]
        let key = description?["apiKey"]?.stringValue ?? ""
        try await withStore { store in
            let sealer = store.sealer
            try await store.database.write { connection in
                let name = AccountID(MailchimpHook.account)
                _ = try Accounts.connect(
                    Account(
                        name: name,
                        role: .provider,
                        kind: "mailchimp",
                        settings: settings.text,
                        createdAt: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
                    ),
                    on: connection
                )
                try AccountSecrets.set(key, named: "api-key", account: name, sealer: sealer, on: connection)
            }
        }
    }
}
