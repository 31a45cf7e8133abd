import Bridge
import Reconciliation

/// The account, its lists and its fields.
extension ProviderConformance {
    func checkCapabilities() {
        let capabilities = world.client.capabilities
        let sizes = [
            capabilities.longestAddress, capabilities.longestBulkAddress, capabilities.longestName,
            capabilities.longestFieldValue, capabilities.listsPerContact, capabilities.removalBatch,
            capabilities.pageSize, capabilities.listsPerRemoval, capabilities.listsPerQuery,
            capabilities.longestListName, capabilities.concurrency,
        ]
        expect(sizes.allSatisfy { $0 > 0 }, "every limit leaves room for something")
        expect(capabilities.longestBulkAddress <= capabilities.longestAddress, "bulk takes no longer addresses")
        expect(capabilities.requestsPerSecond > 0, "calls can be made")
        expect(capabilities.dailyLimit.map { $0 > 0 } ?? true, "a day has calls")
    }

    func checkIdentity() async throws {
        let first = try await world.client.identify()
        expect(!first.accountID.isEmpty, "the account has an id")
        expect(try await world.client.identify() == first, "it is the same the next time")
    }

    func checkLists() async throws {
        let spring = try await list("Spring")
        expect(try await world.client.lists().contains { $0.id == spring.id }, "a new list is listed")
        let again = try await code { _ = try await list("Spring") }
        expect(
            again == .conflict(existing: spring.id.rawValue),
            "a name that is taken names its list, not \(again as Any)"
        )
        try await world.client.renameList(spring.id, to: spring.name + " 2")
        let renamed = try await world.client.lists().first { $0.id == spring.id }
        expect(renamed?.name == spring.name + " 2", "a renamed list keeps its id")
        let other = try await list("Spring")
        expect(other.id != spring.id, "the old name is free again")
    }

    func checkFields() async throws {
        let field = try await world.client.createField(labelled: "Shoe size")
        expect(try await world.client.createField(labelled: "Shoe size") == field, "a field is created once")
        expect(try await world.client.fields().contains(field), "a new field is among the fields")
        let spring = try await list("Spring")
        var row = row("ada@example.org")
        row.fields = [field.name: "39"]
        try await write([row], onto: [spring.id])
        expect(try await contact("ada@example.org")?.fields[field.name] == "39", "its value arrives by its name")
    }

    func checkThrottling() async throws {
        _ = try await world.client.lists()
        try await world.throttleNextCall()
        let calls = world.calls
        _ = try await world.client.lists()
        expect(world.calls == calls + 2, "a call that came too fast is repeated, through the gate")
    }

    func checkRevocation() async throws {
        try await world.revoke()
        let code = try await code { _ = try await world.client.identify() }
        expect(code == .needsAuthorisation, "a credential without rights needs a person, not \(code as Any)")
    }
}
