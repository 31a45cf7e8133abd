import Foundation
import Sandbox

/// A day in the life of two campaigns, in about two minutes.
struct DemoDay {
    let stage: DemoStage
    let plot: DemoPlot

    func run() async throws {
        Console.line()
        Console.line("── A day begins ──")
        let unsubscribed = try await peopleUnsubscribe()
        try await ownerUnsubscribes()
        try await relayTells()
        try await relayTellsOfBounce()
        try await relayLies()
        try await marketerRemoves()
        try await marketerSetsStatus()
        try await marketerAdds()
        try await nameIsFixed()
        try await addressChanges()
        try await flagsAreTicked()
        try await flagIsClearedAgain()
        try await flagOfOptedOutIsCleared(unsubscribed[0])
        try await manyFlagsVanish()
        try await somebodyLeavesOneList()
        try await personComesBack(unsubscribed[1])
        try await ownerBringsBack(unsubscribed[2])
        try await contactIsDeleted()
        try await nothingIsLeftToDo()
        Console.line()
        try await stage.compareAll("The day is over: everything that both sides hold was compared", within: .seconds(30))
    }

    // MARK: At the provider

    private func peopleUnsubscribe() async throws -> [DemoModel.Record] {
        let people = [
            try stage.somebody(.both, kind: .person), try stage.somebody(.both, kind: .lead),
            try stage.somebody(.both, kind: .person),
        ]
        let shared = try sharedAddress()
        let addresses = people.map(\.main) + [shared]
        try await stage.step(
            "C1", "Four people unsubscribe at Constant Contact; one of them shares the address with a colleague",
            about: addresses
        ) {
            for address in addresses {
                try await stage.sides.act("unsubscribe", ["email": .string(address), "reason": "too many mails"])
                stage.model.optOutAtProvider(address)
            }
        }
        return people
    }

    /// An address that two records have as their main one, where it can be mailed.
    private func sharedAddress() throws -> String {
        var owners: [String: Int] = [:]
        for record in stage.model.records.values { owners[record.main, default: 0] += 1 }
        let first = stage.model.campaigns[0]
        let onList = stage.model.expectedOnList(of: first)
        guard let address = owners.filter({ $0.value == 2 && onList.contains($0.key) }).keys.min() else {
            throw Failure("the world is too small for the demo; give more --members")
        }
        return address
    }

    private func ownerUnsubscribes() async throws {
        let address = try stage.somebody(.both).main
        try await stage.step("C3", "The account's owner unsubscribes somebody who telephoned", about: [address]) {
            try await stage.sides.act("unsubscribe", ["email": .string(address), "by": "account"])
            stage.model.optOutAtProvider(address)
        }
    }

    private func somebodyLeavesOneList() async throws {
        let somebody = try stage.somebody(.both)
        let first = stage.model.campaigns[0]
        try await stage.step(
            "§4", "Somebody leaves one list on the preference page: that membership and no opt-out", about: [somebody.main],
            verifies: true, costs: DemoCalls(reads: 1)
        ) {
            guard let list = try await stage.sides.providerState().lists.first(where: { $0.name == first.list }) else {
                throw Failure("there is no list “\(first.list)”")
            }
            try await stage.sides.act(
                "leave-list", ["email": .string(somebody.main), "list_id": .string(list.listId)])
            for member in stage.model.members(standingFor: somebody.main) where member.campaign == first.id {
                stage.model.members[member.id]?.status = DemoModel.leavingStatus
            }
        }
    }

    private func personComesBack(_ person: DemoModel.Record) async throws {
        try await stage.step(
            "C7", "One who unsubscribed signs up again by the account's own link", about: [person.main], verifies: true,
            costs: DemoCalls(imports: 1, reads: 1)
        ) {
            try await stage.sides.act("opt-in", ["email": .string(person.main)])
            stage.model.optInAtProvider(person.main)
        }
    }

    private func ownerBringsBack(_ person: DemoModel.Record) async throws {
        try await stage.step(
            "C13", "The owner re-subscribes one who unsubscribed: that is nobody's opt-in", about: [person.main],
            verifies: true, costs: DemoCalls(changes: 1, reads: 2)
        ) {
            try await stage.sides.act("owner-resubscribe", ["email": .string(person.main)])
        }
    }

    private func contactIsDeleted() async throws {
        let address = try stage.somebody(.first).main
        try await stage.step(
            "C9", "A contact is deleted at Constant Contact: it is not made anew, and nobody is flagged",
            about: [address], verifies: true, costs: DemoCalls(reads: 1)
        ) {
            try await stage.sides.act("delete-contact", ["email": .string(address)])
            stage.model.deleted.insert(address)
        }
    }

    private func nothingIsLeftToDo() async throws {
        let before = DemoCalls(counted: stage.sides.world.constantContact)
        _ = try await stage.children.run(["sync", "--full", "--json"])
        let after = DemoCalls(counted: stage.sides.world.constantContact)
        let writes = (after.imports + after.removals + after.creations + after.changes)
            - (before.imports + before.removals + before.creations + before.changes)
        stage.allowed.reads += after.reads - before.reads
        stage.add(
            DemoResult(
                rules: "§1", title: "A whole round with verification, when nothing has happened", expectedInCRM: "",
                foundInCRM: "", expectedAtProvider: "0 writes", foundAtProvider: "\(writes) writes",
                differences: writes == 0 ? [] : ["\(writes) writes where nothing had changed"]))
    }

    // MARK: By webhook

    private func relayTells() async throws {
        let left = try stage.somebody(.both).main
        let complained = try stage.somebody(.second).main
        try await stage.step(
            "C1 C2", "A relay tells over TLS of an unsubscription and of a complaint", about: [left, complained],
            costs: DemoCalls(changes: 2, reads: 2)
        ) {
            let secret = try await stage.webhookSecret()
            for (type, address) in [("contact.unsubscribed", left), ("contact.complained", complained)] {
                let status = try await stage.relay.send(
                    secret: secret, type: type, data: ["email": address.uppercased(), "source": "person"])
                guard status == 204 else { throw Failure("the listener answered \(status) to a signed webhook") }
                stage.model.optOutAtProvider(address)
            }
        }
    }

    private func relayTellsOfBounce() async throws {
        let address = try stage.somebody(.first).main
        try await stage.step(
            "C8", "A relay tells of a hard bounce: off the lists, marked, and not opted out", about: [address],
            costs: DemoCalls(removals: 1)
        ) {
            let status = try await stage.relay.send(
                secret: try await stage.webhookSecret(), type: "contact.bounced", data: ["email": address])
            guard status == 204 else { throw Failure("the listener answered \(status) to a signed webhook") }
            stage.model.bounced.insert(address)
        }
    }

    private func relayLies() async throws {
        let address = try stage.somebody(.both).main
        try await stage.step(
            "C10", "Somebody without the secret, and an opt-in that nothing confirms: nothing changes",
            about: [address, plot.earlier]
        ) {
            let forged = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()
            let refused = try await stage.relay.send(
                secret: forged, type: "contact.unsubscribed", data: ["email": address])
            guard refused == 401 else { throw Failure("the listener answered \(refused) to a forged webhook") }
            let ignored = try await stage.relay.send(
                secret: try await stage.webhookSecret(), type: "contact.subscribed", data: ["email": plot.earlier])
            guard ignored == 204 else { throw Failure("the listener answered \(ignored) to a signed webhook") }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
