import Sandbox
import Testing

/// mailchimp.md §13 items 16 to 21: what brings a member back, and what does not.
struct MailchimpConsentTests {
    private static let email = "a@example.org"
    private static var path: String { "\(MailchimpPeer.audience)/members/\(MailchimpPeer.hash(email))" }

    /// A member of an audience.
    private func withMember(
        options: (inout MailchimpOptions) -> Void = { _ in },
        _ body: @Sendable (MailchimpPeer) async throws -> Void
    ) async throws {
        try await MailchimpPeer.run(options: options) { peer async throws in
            try await peer.add(Self.email)
            try await body(peer)
        }
    }

    @Test func bypassesDoubleOptInWithSubscribedAndAsksOnceWithPending() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.control("audience", #"{"double_optin":true}"#)
            #expect(try await peer.add("direct@example.org").json?["status"] == "subscribed")
            #expect(try await peer.add(Self.email, status: "pending").json?["status"] == "pending")
            for _ in 0..<2 { #expect(try await peer.setStatus(Self.email, "pending").status == 200) }
            #expect(try await peer.truth(Self.email)?["confirmation_mails"] == 1)
            try await peer.control("confirm", #"{"email":"\#(Self.email)"}"#)
            #expect(try await peer.status(Self.email) == "subscribed")
        }
    }

    @Test func dropsUnconfirmedContactsAfterSixtyDays() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add(Self.email, status: "pending")
            peer.clock.advance(by: 59 * 86_400)
            #expect(try await peer.status(Self.email) == "pending")
            peer.clock.advance(by: 2 * 86_400)
            #expect(try await peer.get(Self.path).status == 404)
        }
    }

    @Test(arguments: ["unsubscribe", "complain"])
    func refusesToResubscribeWhoeverLeftByThemselves(control: String) async throws {
        try await withMember { peer async throws in
            try await peer.control(control, #"{"email":"\#(Self.email)"}"#)
            #expect(try await peer.status(Self.email) == "unsubscribed")
            let refused = try await peer.setStatus(Self.email, "subscribed")
            #expect(refused.status == 400)
            #expect(refused.title == "Member In Compliance State")
            let put = #"{"email_address":"\#(Self.email)","status":"subscribed"}"#
            #expect(try await peer.put(Self.path, put).title == "Member In Compliance State")
            // Neither a detour by another status nor one by the archive helps.
            _ = try await peer.setStatus(Self.email, "pending")
            #expect(try await peer.setStatus(Self.email, "subscribed").status == 400)
            #expect(try await peer.truth(Self.email)?["confirmation_mails"] == 1)
            try await peer.control("confirm", #"{"email":"\#(Self.email)"}"#)
            #expect(try await peer.status(Self.email) == "subscribed")
        }
    }

    @Test func takesBackAnUnsubscribeOfTheAPIOrOfAnAdministrator() async throws {
        try await withMember { peer async throws in
            _ = try await peer.setStatus(Self.email, "unsubscribed")
            #expect(try await peer.truth(Self.email)?["departure"] == "api")
            #expect(try await peer.setStatus(Self.email, "subscribed").json?["status"] == "subscribed")
            try await peer.control("unsubscribe", #"{"email":"\#(Self.email)","by":"admin"}"#)
            #expect(try await peer.truth(Self.email)?["departure"] == "admin")
            try await peer.control("options", #"{"refusesEveryResubscribe":true}"#)
            #expect(try await peer.setStatus(Self.email, "subscribed").title == "Member In Compliance State")
            try await peer.control("options", #"{"refusesEveryResubscribe":false}"#)
            #expect(try await peer.setStatus(Self.email, "subscribed").status == 200)
        }
    }

    @Test func keepsThePersonsWordWhenTheAPIUnsubscribesOnceMore() async throws {
        try await withMember { peer async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.email)"}"#)
            #expect(try await peer.setStatus(Self.email, "unsubscribed").status == 200)
            #expect(try await peer.truth(Self.email)?["departure"] == "user")
            #expect(try await peer.setStatus(Self.email, "subscribed").status == 400)
        }
    }

    @Test func refusesToSubscribeCleanedAddresses() async throws {
        try await withMember { peer async throws in
            try await peer.control("bounce", #"{"email":"\#(Self.email)"}"#)
            #expect(try await peer.status(Self.email) == "cleaned")
            for status in ["subscribed", "pending"] {
                #expect(try await peer.setStatus(Self.email, status).title == "Member In Compliance State")
            }
            #expect(try await peer.delete(Self.path).status == 405)
        }
    }

    @Test func archivesOnceAndHidesWhatWasBefore() async throws {
        try await withMember { peer async throws in
            let archived = try await peer.delete(Self.path)
            #expect(archived.status == 204)
            #expect(archived.text.isEmpty)
            let again = try await peer.delete(Self.path)
            #expect(again.status == 405)
            #expect(again.header("Allow") == nil)
            #expect(try await peer.get(Self.path).json?["status"] == "archived")
            let put = #"{"email_address":"\#(Self.email)","status_if_new":"subscribed"}"#
            #expect(try await peer.put(Self.path, put).json?["status"] == "archived")
            #expect(try await peer.setStatus(Self.email, "subscribed").json?["status"] == "subscribed")
            try await peer.add("waiting@example.org", status: "pending")
            let pending = "\(MailchimpPeer.audience)/members/\(MailchimpPeer.hash("waiting@example.org"))"
            #expect(try await peer.delete(pending).status == 405)
        }
    }

    @Test func remembersThroughTheArchiveWhoHadLeft() async throws {
        try await withMember { peer async throws in
            try await peer.control("unsubscribe", #"{"email":"\#(Self.email)"}"#)
            #expect(try await peer.delete(Self.path).status == 204)
            #expect(try await peer.setStatus(Self.email, "subscribed").title == "Member In Compliance State")
            #expect(try await peer.setStatus(Self.email, "pending").status == 200)
        }
    }

    @Test func forgetsForGood() async throws {
        try await withMember { peer async throws in
            let byAddress = "\(MailchimpPeer.audience)/members/\(Self.email)/actions/delete-permanent"
            #expect(try await peer.api("POST", byAddress).status == 404)
            #expect(try await peer.api("POST", Self.path + "/actions/delete-permanent").status == 204)
            #expect(try await peer.get(Self.path).status == 404)
            for status in ["subscribed", "pending", "unsubscribed"] {
                let body = #"{"email_address":"\#(Self.email)","status_if_new":"\#(status)"}"#
                let refused = try await peer.put(Self.path, body)
                #expect(refused.status == 400)
                #expect(refused.title == "Forgotten Email Not Subscribed")
            }
            try await peer.control("subscribe", #"{"email":"\#(Self.email)"}"#)
            #expect(try await peer.status(Self.email) == "subscribed")
        }
    }

    @Test func refusesNewSubscriptionsUnderReview() async throws {
        try await withMember { peer async throws in
            try await peer.control("options", #"{"review":"compliance"}"#)
            let body = #"{"email_address":"b@example.org","status_if_new":"subscribed"}"#
            let path = "\(MailchimpPeer.audience)/members/\(MailchimpPeer.hash("b@example.org"))"
            #expect(try await peer.put(path, body).title == "Member In Compliance State")
            #expect(try await peer.setStatus(Self.email, "unsubscribed").status == 200)
            try await peer.control("options", #"{"review":"forbidden"}"#)
            #expect(try await peer.put(path, body).status == 403)
        }
    }
}
