import HTTPTypes
import Reconciliation
import Testing
import Webhooks

struct DeliveryRouteTests {
    @Test func takesASignedDelivery() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            let response = try await client.post(#"{"type":"workbooks.record.changed"}"#)
            #expect(response.status == .noContent)
            #expect(response.headers[.contentLength] == nil)
            #expect(response.text.isEmpty)
        }
        let delivery = try #require(listener.store.deliveries.first)
        #expect(delivery.account == AccountID("workbooks"))
        #expect(delivery.source == .workbooks)
        #expect(delivery.id == "msg_1")
        #expect(delivery.body == Array(#"{"type":"workbooks.record.changed"}"#.utf8))
        #expect(delivery.receivedAt == listener.clock.now)
        #expect(delivery.sentAt == Timestamp(seconds: listener.clock.now.seconds))
        #expect(listener.wakes.count == 1)
    }

    @Test func takesTheSameDeliveryOnce() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            for _ in 0..<5 { #expect(try await client.post().status == .noContent) }
        }
        #expect(listener.store.deliveries.count == 1)
        #expect(listener.wakes.count == 1)
    }

    @Test(arguments: ["", "not JSON", "\u{0}\u{1}", "[[[["])
    func doesNotJudgeTheBody(body: String) async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            #expect(try await client.post(body).status == .noContent)
        }
        #expect(listener.store.deliveries.map(\.body) == [Array(body.utf8)])
    }

    @Test func routesEachSourceToItsOwnAccounts() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            #expect(try await client.post(to: "/webhooks/constant-contact/constant-contact").status == .noContent)
            #expect(try await client.post(to: "/webhooks/constant-contact/workbooks").status == .notFound)
            #expect(try await client.post(to: "/webhooks/workbooks/constant-contact").status == .notFound)
        }
        #expect(listener.store.deliveries.map(\.source) == [.constantContact])
    }

    @Test(arguments: [
        "/webhooks/workbooks/stranger", "/webhooks/workbooks/", "/webhooks/workbooks", "/webhooks/mailchimp/workbooks",
        "/webhooks/workbooks/workbooks/", "/webhooks/workbooks/workbooks/more", "/webhooks/workbooks/%zz", "/", "//",
        "/health/", "/WEBHOOKS/workbooks/workbooks",
    ])
    func knowsNoOtherRoute(path: String) async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            #expect(try await client.post(to: path).status == .notFound)
        }
        #expect(listener.store.deliveries.isEmpty)
        #expect(listener.store.refusals.isEmpty)
    }

    @Test(arguments: ["/webhooks/workbooks/workbooks?from=script", "/webhooks/workbooks/work%62ooks"])
    func readsTheTargetAsAURL(path: String) async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            #expect(try await client.post(to: path).status == .noContent)
        }
    }

    @Test(arguments: [HTTPRequest.Method.get, .put, .delete, .patch, .options])
    func allowsNothingButPosts(method: HTTPRequest.Method) async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            let response = try await client.send(method, "/webhooks/workbooks/workbooks")
            #expect(response.status == .methodNotAllowed)
            #expect(response.headers[.allow] == "POST")
        }
    }

    @Test func countsWhatIsNotProvedAndKeepsNothingOfIt() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            #expect(try await client.post(change: { $0.signature = "v1,AAAA" }).status == .unauthorized)
            #expect(try await client.post(change: { $0.timestamp = "soon" }).status == .unauthorized)
            #expect(try await client.send(.post, "/webhooks/workbooks/workbooks", body: "{}").status == .unauthorized)
            #expect(try await client.send(.post, "/webhooks/workbooks/workbooks", body: "{}").status == .unauthorized)
        }
        await listener.refusals.flush()
        #expect(listener.store.deliveries.isEmpty)
        #expect(listener.wakes.count == 0)
        let name = AccountID("workbooks")
        #expect(
            listener.store.refusals == [
                .init(account: name, cause: .noMatchingSignature): 1,
                .init(account: name, cause: .malformedTimestamp): 1,
                .init(account: name, cause: .missingID): 2,
            ]
        )
    }

    @Test func holdsDeliveriesAgainstTheClock() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            listener.clock.advance(milliseconds: 5)
            for (offset, status) in [(-300, HTTPResponse.Status.noContent), (300, .noContent)] {
                let response = try await client.post(id: "at_\(offset)") { signed in
                    signed = resigned(listener, id: "at_\(offset)", offset: Int64(offset))
                }
                #expect(response.status == status)
            }
            for offset in [-301, 301] {
                let response = try await client.post(id: "at_\(offset)") { signed in
                    signed = resigned(listener, id: "at_\(offset)", offset: Int64(offset))
                }
                #expect(response.status == .unauthorized)
            }
        }
    }

    private func resigned(_ listener: TestListener, id: String, offset: Int64) -> SignedHeaders {
        SignedHeaders(id: id, seconds: listener.clock.now.seconds + offset, body: "{}", secret: listener.secret)
    }

    @Test func takesUpARotatedSecretAtOnce() async throws {
        let listener = try TestListener()
        let new = try WebhookSecret.of(2)
        try await listener.serve { client async throws in
            #expect(try await client.post().status == .noContent)
            listener.store.connect(
                WebhookAccount(
                    id: AccountID("workbooks"),
                    source: .workbooks,
                    keys: [SigningKey(new), SigningKey(listener.secret)]
                )
            )
            listener.clock.advance(milliseconds: 21)
            let seconds = listener.clock.now.seconds
            for (id, secret) in [("msg_2", new), ("msg_3", listener.secret)] {
                let response = try await client.post(id: id) {
                    $0 = SignedHeaders(id: id, seconds: seconds, body: "{}", secret: secret)
                }
                #expect(response.status == .noContent)
            }
        }
    }

    @Test func forgetsAWithdrawnSecretWithinASecond() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            #expect(try await client.post().status == .noContent)
            listener.store.connect(WebhookAccount(id: AccountID("workbooks"), source: .workbooks, keys: []))
            listener.clock.advance(milliseconds: 1001)
            #expect(try await client.post().status == .unauthorized)
        }
    }

    @Test func asksForPatienceWhenTheStoreRefuses() async throws {
        let listener = try TestListener()
        try await listener.serve { client async throws in
            #expect(try await client.post(id: "msg_0").status == .noContent)
            listener.store.setRefusing(true)
            let response = try await client.post()
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "5")
            listener.store.setRefusing(false)
            #expect(try await client.post().status == .noContent)
        }
        #expect(listener.store.deliveries.map(\.id) == ["msg_0", "msg_1"])
    }

    @Test func asksForPatienceWhenItCannotKnowTheAccounts() async throws {
        let listener = try TestListener()
        listener.store.setRefusing(true)
        try await listener.serve { client async throws in
            let response = try await client.post()
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "5")
        }
    }

    @Test func asksForPatienceWhenTheIntakeIsFull() async throws {
        var limits = IntakeLimits()
        limits.waitingDeliveries = 1
        let listener = try TestListener(limits: limits)
        try await listener.serve { client async throws in
            listener.store.hold()
            async let first = client.post(id: "msg_1")
            try await eventually("the first waits") { listener.store.heldCommits == 1 }
            // A second connection, since the first is busy.
            var signed = SignedHeaders(
                id: "msg_2",
                seconds: listener.clock.now.seconds,
                body: "{}",
                secret: listener.secret
            )
            signed.id = "msg_2"
            let second = try await RawConnection.exchange(
                port: client.port,
                signed.request(to: "/webhooks/workbooks/workbooks", body: "{}"),
                stopAt: "\r\n\r\n"
            )
            #expect(second.answer.hasPrefix("HTTP/1.1 503 "))
            #expect(second.answer.lowercased().contains("retry-after: 5"))
            listener.store.release()
            #expect(try await first.status == .noContent)
        }
    }
}
