import Bridge
import Reconciliation

/// Reading people, and what they said.
extension ProviderConformance {
    func checkWalk() async throws {
        let count = world.client.capabilities.pageSize * 2 + 3
        let emails = (0..<count).map { "p\($0)@example.org" }
        try await world.plant(emails)
        let found = try await walk(.everybody)
        expect(Set(found.map(\.email)) == Set(emails), "everybody is found")
        expect(Set(found.map(\.id)).count == count, "each under an id of its own")
        expect(found.allSatisfy { !$0.isDeleted && $0.listsWereRead }, "as they are, with their lists")
        guard let first = found.first else { return }
        expect(try await world.client.contact(first.id) == first, "one by itself reads the same")
    }

    func checkOptOuts() async throws {
        try await world.plant(["early@example.org", "late@example.org", "stays@example.org"])
        try await world.unsubscribeInPerson("early@example.org")
        world.advance(bySeconds: 7_200)
        guard let before = try await world.client.contacts(.unsubscribed, cursor: nil).serverTime else {
            expect(false, "the server says its time")
            return
        }
        world.advance(bySeconds: 600)
        try await world.unsubscribeInPerson("late@example.org")
        // What the provider shows late is not held against it.
        world.advance(bySeconds: 600)
        let later = try await walk(.optedOut(after: before))
        expect(
            later.contains { $0.email == "late@example.org" && $0.permission == .unsubscribed },
            "a new one is found"
        )
        expect(!later.contains { $0.email == "early@example.org" }, "an old one is not read again")
        let all = try await walk(.unsubscribed).map(\.email)
        expect(Set(all) == ["early@example.org", "late@example.org"], "all are found by what they are")
        let whole = try await walk(.optedOut(after: Timestamp(milliseconds: -900_000)))
        expect(
            Set(whole.map(\.email)).isSuperset(of: all),
            "from the beginning, all are found by the query for new ones"
        )
    }

    func checkUnsubscribe() async throws {
        let contact = try await planted("ada@example.org")
        let refused = try await isStopped {
            _ = try await world.client.unsubscribe(contact.id, reason: "asked") { _ in throw Stop() }
        }
        expect(refused, "what the engine throws comes through")
        expect(try await world.isMailable("ada@example.org") == true, "and nothing was written")
        let written = try await world.client.unsubscribe(contact.id, reason: "asked")
        expect(written.permission == .unsubscribed, "the answer shows it")
        expect(written.optOutBy != .contact, "never in the person's name")
        expect(try await world.isMailable("ada@example.org") == false, "and so it is")
        let again = try await world.client.unsubscribe(contact.id, reason: "asked") { _ in throw Stop() }
        expect(again.permission == .unsubscribed, "once more writes nothing")
    }

    func checkResubscribe() async throws {
        let spring = try await list("Spring")
        let contact = try await planted("ada@example.org")
        _ = try await world.client.unsubscribe(contact.id, reason: "asked")
        let stopped = try await isStopped {
            _ = try await world.client.resubscribe(contact.id, lists: [spring.id]) { _ in throw Stop() }
        }
        expect(stopped, "the engine has the last word")
        expect(try await world.isMailable("ada@example.org") == false, "and nothing was written")
        let back = try await world.client.resubscribe(contact.id, lists: [spring.id])
        expect(back.permission.isSendable && back.lists.contains(spring.id), "what Causeway did can be taken back")
        expect(try await world.isMailable("ada@example.org") == true, "and so it is")
    }

    func checkThatAPersonsOptOutStands() async throws {
        let spring = try await list("Spring")
        let contact = try await planted("ada@example.org")
        try await world.unsubscribeInPerson("ada@example.org")
        let code = try await code { _ = try await world.client.resubscribe(contact.id, lists: [spring.id]) }
        expect(code == .refused, "what the person said is not taken back, not \(code as Any)")
        expect(try await world.isMailable("ada@example.org") == false, "and it stands")
        let read = try await world.client.contact(contact.id)
        expect(read?.permission == .unsubscribed && read?.optOutBy != .account, "nobody takes it for the account's")
    }

    func checkDeletion() async throws {
        let contact = try await planted("ada@example.org")
        let other = try await planted("bob@example.org")
        expect(other.id != contact.id, "ids are their own")
        try await world.delete("ada@example.org")
        let everybody = try await walk(.everybody)
        expect(everybody.first { $0.id == contact.id }?.isDeleted == true, "a deleted contact is shown, and flagged")
        expect(everybody.first { $0.email == "bob@example.org" }?.isDeleted == false, "no other is")
        expect(try await walk(.deleted).map(\.id) == [contact.id], "it is among the deleted")
        let code = try await code {
            _ = try await world.client.upsert(row("ada@example.org"), known: contact.id, onto: [])
        }
        expect(code == .notFound, "it is not brought back by itself, not \(code as Any)")
        let unknown = try await world.client.contact(ContactID("00000000-0000-0000-0000-000000000000"))
        expect(unknown == nil, "an id that nobody has is nobody")
    }

    private struct Stop: Error {}

    private func isStopped(_ operation: () async throws -> Void) async throws -> Bool {
        do {
            try await operation()
            return false
        } catch is Stop {
            return true
        }
    }
}
