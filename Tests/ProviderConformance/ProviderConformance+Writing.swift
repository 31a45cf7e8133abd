import Bridge
import Reconciliation

/// Changes in bulk, and single ones.
extension ProviderConformance {
    func checkPacking() {
        let rows = (0..<2_345).map { row("p\($0)@example.org", firstName: "P") }
        let packing = world.client.packing(of: rows, onto: [ListID("1")])
        expect(packing.reduce(0, +) == rows.count, "every row is in one request")
        expect(packing.allSatisfy { $0 > 0 }, "no request is empty")
        expect(world.client.packing(of: [], onto: [ListID("1")]).isEmpty, "nothing makes no request")
    }

    func checkCreation() async throws {
        let spring = try await list("Spring")
        let emails = (0..<40).map { "p\($0)@example.org" }
        let result = try await write(emails.map { row($0, firstName: "Ada") }, onto: [spring.id])
        expect(result.completed && result.rowErrors.isEmpty && result.unnamedRefusals == 0, "all are created")
        expect(try await world.members(of: spring.id) == Set(emails), "all are on the list")
        expect(try await contact("p7@example.org")?.firstName == "Ada", "with their names")
        expect(try await contact("p7@example.org")?.lists.contains(spring.id) == true, "which they show")
    }

    func checkChange() async throws {
        let spring = try await list("Spring")
        for count in [3, 30] {
            let emails = (0..<count).map { "p\(count)-\($0)@example.org" }
            try await world.plant(emails)
            var rows: [ContactRow] = []
            for email in emails { rows.append(row(email, firstName: "New", known: try await contact(email)?.id)) }
            let result = try await write(rows, onto: [spring.id])
            expect(result.completed && result.rowErrors.isEmpty, "\(count) are changed")
            expect(try await world.members(of: spring.id).isSuperset(of: emails), "\(count) are on the list")
            expect(try await contact(emails[0])?.firstName == "New", "\(count) have their new names")
        }
    }

    func checkMembership() async throws {
        let spring = try await list("Spring")
        let contact = try await planted("ada@example.org")
        try await write([row("ada@example.org", known: contact.id, isHeld: true)], onto: [spring.id])
        let after = try await self.contact("ada@example.org")
        expect(after?.lists == contact.lists.union([spring.id]), "the list comes to those that are there")
        expect(after?.permission == contact.permission && after?.firstName == contact.firstName, "and nothing else")
        // Twice is once.
        try await write([row("ada@example.org", known: contact.id, isHeld: true)], onto: [spring.id])
        expect(try await world.members(of: spring.id) == ["ada@example.org"], "once more changes nothing")
    }

    func checkRemoval() async throws {
        let spring = try await list("Spring"), autumn = try await list("Autumn")
        try await write([row("ada@example.org"), row("bob@example.org")], onto: [spring.id])
        var ada = row("ada@example.org")
        if world.client.capabilities.tellsKnownRows { ada.known = try await contact("ada@example.org")?.id }
        ada.isHeld = ada.known != nil
        try await write([ada], onto: [autumn.id])
        guard let contact = try await contact("ada@example.org"), let address = contact.address else {
            expect(false, "the contact is there")
            return
        }
        for _ in 0..<2 {
            let change = BulkChange.remove([ContactReference(contact.id, address)], from: [spring.id])
            let result = try await end(of: try await world.client.submit(change))
            expect(result.completed, "a removal ends, the second time too")
        }
        expect(try await world.members(of: spring.id) == ["bob@example.org"], "it leaves the list")
        expect(try await world.members(of: autumn.id) == ["ada@example.org"], "and no other")
        expect(try await world.isMailable("ada@example.org") == true, "leaving is not opting out")
    }

    func checkThatNobodyIsBroughtBack() async throws {
        let spring = try await list("Spring")
        let contact = try await planted("ada@example.org")
        try await world.unsubscribeInPerson("ada@example.org")
        for known in [nil, contact.id] {
            for isHeld in [false, true] where known != nil || !isHeld {
                try await write(
                    [row("ada@example.org", firstName: "X", known: known, isHeld: isHeld)],
                    onto: [spring.id]
                )
                expect(try await world.isMailable("ada@example.org") == false, "bulk brings nobody back")
            }
            _ = try await world.client.upsert(row("ada@example.org", firstName: "X"), known: known, onto: [spring.id])
            expect(try await world.isMailable("ada@example.org") == false, "a single call brings nobody back")
        }
    }

    func checkAddressChange() async throws {
        let contact = try await planted("old@example.org")
        let other = try await planted("other@example.org")
        let moved = try await world.client.changeAddress(of: contact.id, to: "new@example.org")
        expect(moved.id == contact.id && moved.email == "new@example.org", "the contact keeps its id")
        expect(try await self.contact("old@example.org") == nil, "nobody has the old address")
        let taken = try await code { _ = try await world.client.changeAddress(of: contact.id, to: "other@example.org") }
        expect(taken == .conflict(existing: other.id.rawValue), "an address that is taken names its contact")
        let stopped = try await code {
            _ = try await world.client.changeAddress(of: contact.id, to: "third@example.org") { read in
                throw PortError(.refused, operation: "check", detail: read.email == "new@example.org" ? "new" : "other")
            }
        }
        expect(stopped == .refused, "what is said between the read and the write is passed on")
        expect(try await self.contact("new@example.org")?.id == contact.id, "and nothing was written")
    }

    func checkLostAnswer() async throws {
        let contact = try await planted("ada@example.org")
        try await world.loseNextAnswer()
        let code = try await code { _ = try await world.client.unsubscribe(contact.id, reason: "asked") }
        expect(code == .unknownOutcome, "a change whose answer was lost is of unknown outcome, not \(code as Any)")
        expect(try await world.isMailable("ada@example.org") == false, "and may have been made")
        let again = try await world.client.unsubscribe(contact.id, reason: "asked")
        expect(again.permission == .unsubscribed, "to ask for it again is safe")
    }
}
