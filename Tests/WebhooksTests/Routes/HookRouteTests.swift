import HTTPTypes
import Reconciliation
import Testing
import Webhooks

/// The routes of hooks that services have themselves: Mailchimp's, and Workbooks' subscriptions.
struct HookRouteTests {
    private static let audience = "a1b2c3d4e5"
    private static let signed = "6f1c0d9e8b7a"
    private static let unsigned = "0123456789ab"
    private static let awaited = "ba9876543210"
    private static let body = "type=profile&data[email]=ann%40example.com&data[list_id]=a1b2c3d4e5"

    /// A listener with a Mailchimp account that has a hook of each kind.
    private func listener() throws -> TestListener {
        let listener = try TestListener()
        listener.store.connect(
            WebhookAccount(id: AccountID("workbooks"), source: .workbooks, keys: [SigningKey(listener.secret)]),
            WebhookAccount(
                id: AccountID("mailchimp"),
                source: .mailchimp,
                // Nothing that is signed in this way comes in here.
                keys: [SigningKey(listener.secret)],
                hooks: [
                    WebhookHook(
                        pathSecret: Self.signed,
                        proof: .signature(HookKey(MailchimpSender.vectorSecret))
                    ),
                    WebhookHook(pathSecret: Self.unsigned, proof: .pathSecret),
                    WebhookHook(pathSecret: Self.awaited, proof: .awaited),
                ],
                audience: Self.audience
            )
        )
        return listener
    }

    private func post(
        _ client: TestListener.Client,
        to secret: String = signed,
        _ body: String = Self.body,
        headers: HTTPFields? = nil
    ) async throws -> HTTPResponse.Status {
        let headers = headers ?? MailchimpSender().headers(body, at: client.listener.clock.now.seconds)
        return try await client.send(.post, MailchimpSender.path + secret, headers: headers, body: body).status
    }

    @Test func takesASignedDeliveryUnderTheDigestOfItsBody() async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            #expect(try await post(client) == .noContent)
            // The same bytes again, signed later: a retry.
            listener.clock.advance(milliseconds: 60_000)
            #expect(try await post(client) == .noContent)
            #expect(try await post(client, Self.body + "&fired_at=x") == .noContent)
        }
        #expect(listener.store.deliveries.count == 2)
        let delivery = try #require(listener.store.deliveries.first)
        #expect(delivery.account == AccountID("mailchimp"))
        #expect(delivery.source == .mailchimp)
        #expect(delivery.body == Array(Self.body.utf8))
        #expect(delivery.id.count == 64)
        #expect(delivery.sentAt == Timestamp(seconds: listener.clock.now.seconds - 60))
    }

    @Test func asksForTheSignatureOfAHookThatHasASecret() async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            #expect(try await post(client, headers: [:]) == .unauthorized)
            let wrong = MailchimpSender(secret: "other").headers(Self.body, at: listener.clock.now.seconds)
            #expect(try await post(client, headers: wrong) == .unauthorized)
            let old = MailchimpSender().headers(Self.body, at: listener.clock.now.seconds - 301)
            #expect(try await post(client, headers: old) == .unauthorized)
        }
        await listener.refusals.flush()
        let name = AccountID("mailchimp")
        #expect(listener.store.deliveries.isEmpty)
        #expect(
            listener.store.refusals == [
                .init(account: name, cause: .missingSignature): 1,
                .init(account: name, cause: .noMatchingSignature): 1,
                .init(account: name, cause: .outsideTolerance): 1,
            ]
        )
    }

    @Test func takesThePathSecretAloneOfAHookWithoutSignature() async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            #expect(try await post(client, to: Self.unsigned, headers: [:]) == .noContent)
        }
        #expect(listener.store.deliveries.map(\.sentAt) == [nil])
    }

    @Test(arguments: ["x", "6f1c0d9e8b7", "6f1c0d9e8b7aa", "6F1C0D9E8B7A", "%36f1c0d9e8b7a"])
    func refusesAnyOtherPathSecret(secret: String) async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            #expect(try await post(client, to: secret) == .unauthorized)
            #expect(try await client.send(.get, MailchimpSender.path + secret).status == .unauthorized)
        }
        await listener.refusals.flush()
        #expect(listener.store.refusals == [.init(account: AccountID("mailchimp"), cause: .wrongPathSecret): 1])
    }

    @Test func asksForPatienceWhileAHookIsBeingMade() async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            #expect(try await post(client, to: Self.awaited) == .serviceUnavailable)
            #expect(try await post(client, to: Self.awaited, headers: [:]) == .serviceUnavailable)
        }
        await listener.refusals.flush()
        #expect(listener.store.deliveries.isEmpty)
        #expect(listener.store.refusals.isEmpty)
    }

    @Test(arguments: [signed, unsigned, awaited])
    func showsAServiceThatAnAddressIsThere(secret: String) async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            for method in [HTTPRequest.Method.get, .head] {
                let answer = try await client.send(method, MailchimpSender.path + secret)
                #expect(answer.status == .ok)
                #expect(answer.text.isEmpty)
            }
            let other = try await client.send(.put, MailchimpSender.path + secret)
            #expect(other.status == .methodNotAllowed)
            #expect(other.headers[.allow] == "GET, HEAD, POST")
        }
        #expect(listener.store.deliveries.isEmpty)
    }

    @Test func showsAHookThatWasNotedAMomentAgo() async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            #expect(try await client.send(.get, MailchimpSender.path + "new").status == .unauthorized)
            listener.store.connect(
                WebhookAccount(
                    id: AccountID("mailchimp"),
                    source: .mailchimp,
                    keys: [],
                    hooks: [WebhookHook(pathSecret: "new", proof: .awaited)]
                )
            )
            listener.clock.advance(milliseconds: 21)
            #expect(try await client.send(.get, MailchimpSender.path + "new").status == .ok)
            #expect(try await post(client, to: "new") == .serviceUnavailable)
            listener.store.connect(
                WebhookAccount(
                    id: AccountID("mailchimp"),
                    source: .mailchimp,
                    keys: [],
                    hooks: [
                        WebhookHook(pathSecret: "new", proof: .signature(HookKey(MailchimpSender.vectorSecret)))
                    ]
                )
            )
            listener.clock.advance(milliseconds: 21)
            #expect(try await post(client, to: "new") == .noContent)
        }
    }

    @Test(arguments: [
        "/webhooks/mailchimp/stranger/6f1c0d9e8b7a", "/webhooks/mailchimp/workbooks/6f1c0d9e8b7a",
        "/webhooks/mailchimp/mailchimp", "/webhooks/mailchimp/mailchimp/", "/webhooks/mailchimp//6f1c0d9e8b7a",
        "/webhooks/mailchimp/mailchimp/6f1c0d9e8b7a/", "/webhooks/workbooks/workbooks/6f1c0d9e8b7a",
    ])
    func knowsNoOtherRoute(path: String) async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            for method in [HTTPRequest.Method.get, .head, .post] {
                #expect(try await client.send(method, path).status == .notFound)
            }
        }
        #expect(listener.store.deliveries.isEmpty)
    }

    @Test func turnsTheEventsOfAnotherAudienceAwayOnceTheirOriginIsProved() async throws {
        let listener = try listener()
        let other = "type=unsubscribe&data[email]=ann%40example.com&data[list_id]=ffffffffff"
        try await listener.serve { client async throws in
            #expect(try await post(client, other) == .notFound)
            #expect(try await post(client, other, headers: [:]) == .unauthorized)
            // An event that names no audience, or none that counts, is the decoder's business.
            #expect(try await post(client, "type=batch_operation_completed") == .noContent)
            #expect(try await post(client, "data[list_id]=%zz") == .noContent)
        }
        await listener.refusals.flush()
        #expect(listener.store.deliveries.count == 2)
        #expect(listener.store.refusals[.init(account: AccountID("mailchimp"), cause: .unknownAudience)] == 1)
    }

    @Test(arguments: ["", "%%%&&&=[[[", "\u{0}\u{1}"])
    func doesNotJudgeTheBody(body: String) async throws {
        let listener = try listener()
        try await listener.serve { client async throws in
            #expect(try await post(client, body) == .noContent)
        }
        #expect(listener.store.deliveries.map(\.body) == [Array(body.utf8)])
    }

    @Test func asksForPatienceWhenItCannotKnowTheHooks() async throws {
        let listener = try listener()
        listener.store.setRefusing(true)
        try await listener.serve { client async throws in
            #expect(try await post(client) == .serviceUnavailable)
            #expect(try await client.send(.get, MailchimpSender.path + Self.signed).status == .serviceUnavailable)
        }
    }
}

/// Workbooks' subscriptions, beside the script on the same route.
struct SubscriptionRouteTests {
    private static let body = #"[{"person":{"id":4711}}]"#
    private static let path = "/webhooks/workbooks/workbooks"

    private func listener(_ hooks: [WebhookHook]) throws -> TestListener {
        let listener = try TestListener()
        listener.store.connect(
            WebhookAccount(
                id: AccountID("workbooks"),
                source: .workbooks,
                keys: [SigningKey(listener.secret)],
                hooks: hooks
            )
        )
        return listener
    }

    private func headers(_ secret: String, body: String = Self.body) throws -> HTTPFields {
        let code = Array(body.utf8).withUnsafeBytes { HookKey(secret).code(body: $0) }
        let name = try #require(HTTPField.Name("X-Workbooks-Signature"))
        return [name: "sha256=" + String(decoding: code, as: UTF8.self)]
    }

    @Test func takesBothProofs() async throws {
        let listener = try listener([
            WebhookHook(pathSecret: nil, proof: .signature(HookKey("person"))),
            WebhookHook(pathSecret: nil, proof: .signature(HookKey("lead"))),
        ])
        try await listener.serve { client async throws in
            for secret in ["lead", "person"] {
                let answer = try await client.send(.post, Self.path, headers: try headers(secret), body: Self.body)
                #expect(answer.status == .noContent)
            }
            #expect(try await client.post("{}").status == .noContent)
        }
        #expect(listener.store.deliveries.map { $0.id.count } == [64, 5])
        #expect(listener.store.deliveries.map(\.sentAt) == [nil, Timestamp(seconds: listener.clock.now.seconds)])
    }

    @Test func refusesWhatFitsNoSubscription() async throws {
        let listener = try listener([WebhookHook(pathSecret: nil, proof: .signature(HookKey("person")))])
        try await listener.serve { client async throws in
            let other = try await client.send(.post, Self.path, headers: try headers("other"), body: Self.body)
            #expect(other.status == .unauthorized)
            let changed = try await client.send(.post, Self.path, headers: try headers("person"), body: "[]")
            #expect(changed.status == .unauthorized)
            // A signature of the script's kind has to fit, whatever stands beside it.
            var both = try headers("person")
            let name = try #require(HTTPField.Name("webhook-signature"))
            both[name] = "v1,AAAA"
            #expect(try await client.send(.post, Self.path, headers: both, body: Self.body).status == .unauthorized)
        }
        #expect(listener.store.deliveries.isEmpty)
    }

    @Test func asksForPatienceWhileASubscriptionIsBeingMade() async throws {
        let listener = try listener([WebhookHook(pathSecret: nil, proof: .awaited)])
        try await listener.serve { client async throws in
            let answer = try await client.send(.post, Self.path, headers: try headers("person"), body: Self.body)
            #expect(answer.status == .serviceUnavailable)
        }
    }

    @Test(arguments: [HTTPRequest.Method.get, .head])
    func hasNothingToShow(method: HTTPRequest.Method) async throws {
        let listener = try listener([])
        try await listener.serve { client async throws in
            #expect(try await client.send(method, Self.path).status == .methodNotAllowed)
        }
    }
}
