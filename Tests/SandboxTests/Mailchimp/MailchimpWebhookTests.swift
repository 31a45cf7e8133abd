import Foundation
import Sandbox
import Testing

/// mailchimp.md §13 items 37 to 43: webhooks, their making, and what they deliver.
struct MailchimpWebhookTests {
    private static let list = MailchimpPeer.audience
    private static let events =
        #""subscribe":true,"unsubscribe":true,"profile":true,"cleaned":true,"upemail":true,"campaign":true"#

    private func body(_ url: String, api: Bool = false) -> String {
        #"{"url":"\#(url)","events":{\#(Self.events)},"sources":{"user":true,"admin":true,"api":\#(api)}}"#
    }

    /// A service with one webhook.
    private func withHook(
        api: Bool = false,
        tls: Bool = false,
        options: @Sendable (inout MailchimpOptions) -> Void = { _ in },
        _ run: @Sendable (MailchimpPeer, HookReceiver, SandboxJSON) async throws -> Void
    ) async throws {
        try await HookReceiver.run(tls: tls) { receiver async throws in
            try await MailchimpPeer.run(
                options: {
                    $0.webhookAuthority = receiver.authority
                    options(&$0)
                },
                { peer async throws in
                    let made = try await peer.post("\(Self.list)/webhooks", body(receiver.baseURL + "/hook", api: api))
                    #expect(made.status == 200, "\(made.text)")
                    try await run(peer, receiver, made.json ?? .null)
                }
            )
        }
    }

    // MARK: Making

    @Test func callsTheAddressBeforeItTakesIt() async throws {
        try await HookReceiver.run { receiver async throws in
            try await MailchimpPeer.run { peer async throws in
                let path = "\(Self.list)/webhooks"
                receiver.plan(503)
                let refused = try await peer.post(path, body(receiver.baseURL + "/hook"))
                #expect(refused.status == 400)
                #expect(refused.title == "Invalid Resource")
                #expect(refused.fields == ["url"])
                #expect(refused.json?["errors"]?.arrayValue?.first?["message"]?.stringValue?.contains("503") == true)
                receiver.plan(204)
                #expect(try await peer.post(path, body(receiver.baseURL + "/hook")).status == 400)
                #expect(try await peer.post(path, body("http://127.0.0.1:1/hook")).status == 400)
                #expect(try await peer.post(path, body(receiver.baseURL + "/hook")).status == 200)
                #expect(receiver.methods == ["GET", "GET", "GET"])
                // A different query does not make it another address.
                let doubled = try await peer.post(path, body(receiver.baseURL + "/hook?key=2"))
                #expect(doubled.status == 400)
                #expect(doubled.fields == ["url"])
                #expect(try await peer.get(path).json?["total_items"] == 1)
                try await peer.control("options", #"{"webhookCheckMethods":["GET","HEAD"]}"#)
                #expect(try await peer.post(path, body(receiver.baseURL + "/other")).status == 200)
                #expect(receiver.methods.suffix(2) == ["GET", "HEAD"])
            }
        }
    }

    @Test func showsTheSecretOnceOnly() async throws {
        try await withHook { peer, _, made async throws in
            let id = try #require(made["id"]?.stringValue)
            let secret = try #require(made["signing_secret"]?.stringValue)
            #expect(made["signing_enabled"] == true)
            #expect(made["sources"] == ["user": true, "admin": true, "api": false])
            let path = "\(Self.list)/webhooks/\(id)"
            #expect(try await peer.get(path).json?["signing_secret"] == nil)
            #expect(try await peer.get("\(Self.list)/webhooks").text.contains(secret) == false)
            let patched = try await peer.patch(path, #"{"events":{"campaign":false}}"#)
            #expect(patched.json?["signing_secret"] == nil)
            #expect(patched.json?["events"]?["campaign"] == false)
            #expect(patched.json?["events"]?["cleaned"] == true)
            #expect(try await peer.delete(path).status == 204)
            #expect(try await peer.get(path).status == 404)
        }
    }

    @Test func makesAnotherSecretForAHookThatIsMadeAgain() async throws {
        try await withHook { peer, receiver, made async throws in
            _ = try await peer.delete("\(Self.list)/webhooks/\(made["id"]?.stringValue ?? "")")
            let again = try await peer.post("\(Self.list)/webhooks", body(receiver.baseURL + "/hook"))
            #expect(again.json?["signing_secret"] != made["signing_secret"])
        }
    }

    @Test func leavesOffWhatIsNotNamed() async throws {
        try await HookReceiver.run { receiver async throws in
            try await MailchimpPeer.run { peer async throws in
                let made = try await peer.post("\(Self.list)/webhooks", #"{"url":"\#(receiver.baseURL)/hook"}"#)
                #expect(made.json?["events"]?.objectValue?.values.allSatisfy { $0 == false } == true)
                #expect(made.json?["sources"]?.objectValue?.values.allSatisfy { $0 == false } == true)
            }
        }
    }

    // MARK: Delivering

    @Test func deliversSignedFormsOverTLS() async throws {
        try await withHook(tls: true) { peer, receiver, made async throws in
            try await peer.control("subscribe", #"{"email":"\#(MailchimpPeer.ann)","merge_fields":{"FNAME":"Ann"}}"#)
            let deliveries = try await peer.deliveries()
            #expect(deliveries.map { $0["state"] } == ["delivered"])
            let request = try #require(receiver.posts.first)
            #expect(request.mediaType == "application/x-www-form-urlencoded")
            #expect(request.header("User-Agent") == "MailChimp.com")
            let secret = try #require(made["signing_secret"]?.stringValue)
            let signature = try #require(request.header("X-Mailchimp-Signature"))
            let parts = signature.split(separator: ",").map(String.init)
            let time = try #require(parts.first.map { String($0.dropFirst(2)) })
            #expect(parts.last == "v1=" + Digests.hmac("\(time).\(request.bodyText)", key: secret))
            #expect(abs((Double(time) ?? 0) - Date().timeIntervalSince1970) < 60)
            #expect(request.formValue("type") == "subscribe")
            #expect(request.formValue("fired_at") == "2026-01-05 09:00:00")
            #expect(request.formValue("data[email]") == MailchimpPeer.ann)
            #expect(request.formValue("data[list_id]") == "a1b2c3d4e5")
            #expect(request.formValue("data[merges][FNAME]") == "Ann")
            #expect(request.formValue("data[merges][LNAME]") == "")
            #expect(request.formValue("data[ip_signup]") == "203.0.113.7")
            #expect(request.formValue("data[id]")?.count == 10)
        }
    }

    @Test func refusesAReceiverWhoseCertificateItDoesNotTrust() async throws {
        try await HookReceiver.run(tls: true) { receiver async throws in
            try await MailchimpPeer.run { peer async throws in
                let refused = try await peer.post("\(Self.list)/webhooks", body(receiver.baseURL + "/hook"))
                #expect(refused.status == 400)
                #expect(receiver.methods.isEmpty)
            }
        }
    }

    @Test func tellsOfEveryKindOfEvent() async throws {
        try await withHook { peer, receiver, _ async throws in
            let email = "a@example.org"
            try await peer.control("subscribe", #"{"email":"\#(email)"}"#)
            try await peer.control("profile", #"{"email":"\#(email)","merge_fields":{"FNAME":"A"}}"#)
            let sent = try await peer.control("send-campaign", #"{"subject":"Spring fair"}"#)
            let campaign = try #require(sent["campaign_id"]?.stringValue)
            try await peer.control("unsubscribe", #"{"email":"\#(email)","campaign_id":"\#(campaign)"}"#)
            try await peer.control("subscribe", #"{"email":"b@example.org"}"#)
            try await peer.control("bounce", #"{"email":"b@example.org"}"#)
            try await peer.control("subscribe", #"{"email":"c@example.org"}"#)
            try await peer.control("change-address", #"{"email":"c@example.org","to":"d@example.org"}"#)
            _ = try await peer.deliveries()
            var types = receiver.types
            // The pair of one change of address comes in either order.
            #expect(Set(types.suffix(2)) == ["upemail", "profile"])
            types.removeLast(2)
            #expect(types == ["subscribe", "profile", "campaign", "unsubscribe", "subscribe", "cleaned", "subscribe"])
            func form(_ type: String) -> SandboxRequest? { receiver.posts.first { $0.formValue("type") == type } }
            let unsubscribe = try #require(form("unsubscribe"))
            #expect(unsubscribe.formValue("data[action]") == "unsub")
            #expect(unsubscribe.formValue("data[reason]") == "manual")
            #expect(unsubscribe.formValue("data[campaign_id]") == campaign)
            #expect(unsubscribe.formValue("data[ip_signup]") == nil)
            let upemail = try #require(form("upemail"))
            #expect(upemail.formValue("data[id]") == nil)
            #expect(upemail.formValue("data[old_email]") == "c@example.org")
            #expect(upemail.formValue("data[new_email]") == "d@example.org")
            #expect(upemail.formValue("data[new_id]")?.count == 10)
            let cleaned = try #require(form("cleaned"))
            #expect(cleaned.formValue("data[reason]") == "hard")
            #expect(cleaned.formValue("data[merges][EMAIL]") == nil)
            let mail = try #require(form("campaign"))
            #expect(mail.formValue("data[status]") == "sent")
            #expect(mail.formValue("data[subject]") == "Spring fair")
        }
    }

    @Test func keepsQuietAboutTheAPIsOwnWritesUnlessAsked() async throws {
        for api in [false, true] {
            try await withHook(api: api) { peer, receiver, _ async throws in
                try await peer.add("a@example.org")
                _ = try await peer.setStatus("a@example.org", "unsubscribed")
                let path = "\(Self.list)/members/\(MailchimpPeer.hash("a@example.org"))"
                _ = try await peer.delete(path)
                _ = try await peer.setStatus("a@example.org", "subscribed")
                _ = try await peer.delete(path)
                _ = try await peer.deliveries()
                let expected = ["subscribe", "unsubscribe", "subscribe", "unsubscribe"]
                #expect(receiver.types == (api ? expected : []))
                if api {
                    #expect(receiver.posts[1].formValue("data[reason]") == "manual")
                    #expect(receiver.posts.last?.formValue("data[action]") == "delete")
                }
            }
        }
    }

    @Test(arguments: [("unsubscribe", "unsubscribed"), ("cleaned", "cleaned")])
    func tellsOfAComplaintInEitherForm(form: String, status: String) async throws {
        try await withHook(options: { $0.complaintsArriveAs = form == "cleaned" ? .cleaned : .unsubscribe }) {
            peer,
            receiver,
            _ async throws in
            try await peer.add("a@example.org")
            try await peer.control("complain", #"{"email":"a@example.org"}"#)
            _ = try await peer.deliveries()
            #expect(receiver.types == [form])
            #expect(receiver.posts.first?.formValue("data[reason]") == "abuse")
            #expect(try await peer.status("a@example.org") == status)
            let reports = try await peer.get("\(Self.list)/abuse-reports")
            #expect(reports.json?["abuse_reports"]?.arrayValue?.first?["email_address"] == "a@example.org")
        }
    }

    @Test func repeatsWhatWasNotTakenFor75Minutes() async throws {
        try await withHook { peer, receiver, _ async throws in
            receiver.answerAlways(500)
            try await peer.control("subscribe", #"{"email":"a@example.org"}"#)
            for minutes in [0.0, 1, 4, 10, 20, 40] {
                peer.clock.advance(by: minutes * 60)
                _ = try await peer.deliveries()
            }
            #expect(receiver.posts.count == 6)
            #expect(Set(receiver.posts.map(\.bodyText)).count == 1)
            peer.clock.advance(by: 86_400)
            let deliveries = try await peer.deliveries()
            #expect(receiver.posts.count == 6)
            #expect(deliveries.first?["state"] == "given-up")
            // The next event is delivered as if nothing had been.
            receiver.answerAlways(204)
            try await peer.control("subscribe", #"{"email":"b@example.org"}"#)
            #expect(try await peer.deliveries().last?["state"] == "delivered")
        }
    }

    @Test func floodsAFailingReceiverWhenToldTo() async throws {
        try await withHook(options: { $0.webhookRetryMinutes = Array(repeating: 0, count: 20) }) {
            peer,
            receiver,
            _ async throws in
            receiver.answerAlways(503)
            try await peer.control("subscribe", #"{"email":"a@example.org"}"#)
            _ = try await peer.deliveries()
            #expect(receiver.posts.count == 21)
        }
    }

    @Test func repeatsAfterARedirectAndAfterSilence() async throws {
        try await withHook { peer, receiver, _ async throws in
            try await peer.control("options", #"{"webhookTimeoutSeconds":3}"#)
            receiver.plan(302, 0, 204)
            try await peer.control("subscribe", #"{"email":"a@example.org"}"#)
            for minutes in [0.0, 1, 4] {
                peer.clock.advance(by: minutes * 60)
                _ = try await peer.deliveries()
            }
            let attempts = try await peer.deliveries().first?["attempts"]?.arrayValue
            #expect(attempts?.map { $0["status"] } == [302, .null, 204])
        }
    }

    @Test(arguments: ["eventless", "removed", "silent"])
    func endsAHookForGoodAfterA410(form: String) async throws {
        try await withHook(options: { options in
            options.disabledWebhooks = form == "removed" ? .removed : form == "silent" ? .silent : .eventless
        }) { peer, receiver, made async throws in
            receiver.plan(410)
            try await peer.control("subscribe", #"{"email":"a@example.org"}"#)
            _ = try await peer.deliveries()
            try await peer.control("subscribe", #"{"email":"b@example.org"}"#)
            peer.clock.advance(by: 86_400)
            _ = try await peer.deliveries()
            #expect(receiver.posts.count == 1)
            let hooks = try await peer.get("\(Self.list)/webhooks").json?["webhooks"]?.arrayValue
            switch form {
            case "removed": #expect(hooks == [])
            case "silent": #expect(hooks?.first?["events"]?["unsubscribe"] == true)
            default: #expect(hooks?.first?["events"]?.objectValue?.values.allSatisfy { $0 == false } == true)
            }
            _ = made
        }
    }

    @Test func doublesReordersAndDropsByFault() async throws {
        try await withHook { peer, receiver, _ async throws in
            let faults =
                #"[{"kind":"reorder","path":"subscribe","delayMs":60000},{"kind":"duplicate","path":"profile"},{"kind":"drop","path":"unsubscribe"}]"#
            _ = try await peer.send("POST", "/_sandbox/delivery-faults", body: faults)
            try await peer.control("subscribe", #"{"email":"a@example.org"}"#)
            try await peer.control("profile", #"{"email":"a@example.org","merge_fields":{"FNAME":"A"}}"#)
            try await peer.control("unsubscribe", #"{"email":"a@example.org"}"#)
            let deliveries = try await peer.deliveries()
            #expect(receiver.types == ["profile", "subscribe", "profile"])
            #expect(deliveries.last?["state"] == "dropped")
            try await peer.control("redeliver", #"{"id":1}"#)
            _ = try await peer.deliveries()
            #expect(receiver.types.last == "subscribe")
            #expect(receiver.posts.last?.bodyText == receiver.posts[1].bodyText)
        }
    }

    @Test func spoilsSignaturesByFaultAndLeavesOldHooksUnsigned() async throws {
        try await withHook { peer, receiver, made async throws in
            let secret = try #require(made["signing_secret"]?.stringValue)
            for kind in ["unsigned", "bad-signature", "stale"] {
                _ = try await peer.send("POST", "/_sandbox/delivery-faults", body: #"{"kind":"\#(kind)"}"#)
                try await peer.control("subscribe", #"{"email":"\#(kind)@example.org"}"#)
            }
            _ = try await peer.deliveries()
            let signatures = receiver.posts.map { $0.header("X-Mailchimp-Signature") }
            #expect(signatures[0] == nil)
            #expect(!isValid(receiver.posts[1], secret: secret))
            #expect(isValid(receiver.posts[2], secret: secret))
            try await peer.control("add-webhook", #"{"url":"\#(receiver.baseURL)/old"}"#)
            try await peer.control("subscribe", #"{"email":"z@example.org"}"#)
            _ = try await peer.deliveries()
            let old = try #require(receiver.posts.first { $0.path == "/old" })
            #expect(old.header("X-Mailchimp-Signature") == nil)
            // Two hooks on one audience double every event.
            #expect(receiver.posts.filter { $0.formValue("data[email]") == "z@example.org" }.count == 2)
        }
    }

    private func isValid(_ request: SandboxRequest, secret: String) -> Bool {
        let parts = (request.header("X-Mailchimp-Signature") ?? "").split(separator: ",").map(String.init)
        guard parts.count == 2 else { return false }
        return parts[1] == "v1=" + Digests.hmac("\(parts[0].dropFirst(2)).\(request.bodyText)", key: secret)
    }

    @Test(arguments: [
        ("no-action", "data[action]", 0), ("missing-keys", "data[email]", 0), ("doubled-keys", "data[email]", 2),
        ("unknown-keys", "data[x_future][nested]", 1), ("garbage", "type", 0),
    ])
    func spoilsBodiesByFault(kind: String, key: String, count: Int) async throws {
        try await withHook { peer, receiver, _ async throws in
            try await peer.add("a@example.org")
            _ = try await peer.send("POST", "/_sandbox/delivery-faults", body: #"{"kind":"\#(kind)"}"#)
            try await peer.control("unsubscribe", #"{"email":"a@example.org"}"#)
            _ = try await peer.deliveries()
            let request = try #require(receiver.posts.first)
            #expect(request.form.filter { $0.name == key }.count == count)
        }
    }

    @Test func tellsBatchWebhooksOfTheEndOfABatch() async throws {
        try await HookReceiver.run { receiver async throws in
            try await MailchimpPeer.run(options: { $0.batchSeconds = 60 }) { peer async throws in
                let made = try await peer.post(
                    "/batch-webhooks",
                    #"{"url":"\#(receiver.baseURL)/batch","enabled":true}"#
                )
                let secret = try #require(made.json?["signing_secret"]?.stringValue)
                let id = try #require(made.json?["id"]?.stringValue)
                #expect(try await peer.get("/batch-webhooks/\(id)").json?["signing_secret"] == nil)
                let batch = try await peer.post("/batches", #"{"operations":[{"method":"GET","path":"/ping"}]}"#)
                peer.clock.advance(by: 61)
                // Nobody asks; the service tells by itself.
                for _ in 0..<1_000 where receiver.posts.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                let request = try #require(receiver.posts.first)
                #expect(request.formValue("type") == "batch_operation_completed")
                #expect(request.formValue("data[id]") == batch.json?["id"]?.stringValue)
                #expect(request.formValue("data[finished_operations]") == "1")
                #expect(request.formValue("data[response_body_url]")?.contains(".tar.gz") == true)
                #expect(request.formValue("data[_links][0][rel]") == "self")
                #expect(isValid(request, secret: secret))
                let off = try await peer.patch("/batch-webhooks/\(id)", #"{"enabled":false}"#)
                #expect(off.json?["enabled"] == false)
                #expect(try await peer.delete("/batch-webhooks/\(id)").status == 204)
            }
        }
    }

    @Test func limitsBatchWebhooksAndTheirWaitingEvents() async throws {
        try await HookReceiver.run { receiver async throws in
            try await MailchimpPeer.run(options: { $0.pendingBatchEventLimit = 2 }) { peer async throws in
                for number in 0..<20 {
                    let url = "\(receiver.baseURL)/batch\(number)"
                    #expect(try await peer.post("/batch-webhooks", #"{"url":"\#(url)"}"#).status == 200)
                }
                let more = #"{"url":"\#(receiver.baseURL)/batch20"}"#
                #expect(try await peer.post("/batch-webhooks", more).status == 400)
                receiver.answerAlways(500)
                let body = #"{"operations":[{"method":"GET","path":"/ping"}]}"#
                #expect(try await peer.post("/batches", body).status == 200)
                _ = try await peer.get("/batches")
                _ = try await peer.deliveries()
                let refused = try await peer.post("/batches", body)
                #expect(refused.status == 429)
            }
        }
    }
}
