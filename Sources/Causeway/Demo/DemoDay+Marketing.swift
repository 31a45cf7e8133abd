import Foundation
import Sandbox

/// What marketers and operators do in the CRM.
extension DemoDay {
    func marketerRemoves() async throws {
        let first = stage.model.campaigns[0]
        var people: [DemoModel.Record] = []
        for _ in 0..<15 { people.append(try stage.somebody(.both)) }
        for _ in 0..<15 { people.append(try stage.somebody(.first)) }
        try await stage.step(
            "§4",
            "A marketer removes thirty members; half of them are in the second campaign too",
            about: people.map(\.main),
            costs: DemoCalls(removals: 2)
        ) {
            var edits: [SandboxJSON] = []
            for person in people {
                for member in stage.model.members(standingFor: person.main) where member.campaign == first.id {
                    edits.append(["resource": "crm/campaign_membership", "id": .int(member.id), "delete": true])
                    stage.model.members[member.id] = nil
                }
            }
            try await stage.sides.edit(edits)
        }
    }

    func marketerSetsStatus() async throws {
        let first = stage.model.campaigns[0]
        let person = try stage.somebody(.both)
        try await stage.step(
            "§4",
            "A marketer sets a member to Unsubscribed: off that list, no opt-out",
            about: [person.main],
            costs: DemoCalls(removals: 1)
        ) {
            guard let status = try await stage.sides.status(DemoModel.leavingStatus, in: first.id) else {
                throw Failure("\(first.name) has no status \(DemoModel.leavingStatus)")
            }
            for member in stage.model.members(standingFor: person.main) where member.campaign == first.id {
                try await stage.sides.edit([
                    [
                        "resource": "crm/campaign_membership", "id": .int(member.id),
                        "set": ["campaign_membership_status_id": .int(status)],
                    ]
                ])
                stage.model.members[member.id]?.status = DemoModel.leavingStatus
            }
        }
    }

    func marketerAdds() async throws {
        let first = stage.model.campaigns[0]
        let person = try stage.somebody(.second, kind: .person)
        try await stage.step(
            "§4",
            "A marketer adds somebody of the second campaign to the first",
            about: [person.main],
            costs: DemoCalls(imports: 1)
        ) {
            guard let status = try await stage.sides.status("Added", in: first.id) else {
                throw Failure("\(first.name) has no status Added")
            }
            let ids = try await stage.sides.edit([
                [
                    "resource": "crm/campaign_membership",
                    "create": [
                        "marketing_campaign_id": .int(first.id), "party_or_lead_id": .int(person.key.id),
                        "party_or_lead_type": "Private::Crm::Person", "campaign_membership_status_id": .int(status),
                    ],
                ]
            ])
            for id in ids {
                stage.model.members[id] = .init(id: id, campaign: first.id, record: person.key, status: "Added")
            }
        }
    }

    func nameIsFixed() async throws {
        let person = try stage.somebody(.both, kind: .person)
        let lead = try stage.somebody(.second, kind: .lead)
        try await stage.step(
            "§4",
            "Somebody fixes the names of a person and a lead",
            about: [person.main, lead.main],
            costs: DemoCalls(imports: 2)
        ) {
            for record in [person, lead] {
                let columns = DemoSides.Columns.of(record.key.kind)
                try await stage.sides.edit([
                    [
                        "resource": .string(record.key.kind.rawValue), "id": .int(record.key.id),
                        "set": .object([columns.first: "Zoë", columns.last: "D’Arcy & Søn"]),
                    ]
                ])
                stage.model.records[record.key]?.firstName = "Zoë"
                stage.model.records[record.key]?.lastName = "D’Arcy & Søn"
            }
        }
    }

    func addressChanges() async throws {
        let person = try stage.somebody(.both, kind: .person)
        let new = "moved.\(person.key.id)@example.org"
        try await stage.step(
            "§4",
            "Somebody's address changes: their contact gets the new one, and keeps its lists and its history",
            about: [person.main, new],
            costs: DemoCalls(changes: 1, reads: 1)
        ) {
            try await stage.sides.edit([
                [
                    "resource": .string(person.key.kind.rawValue), "id": .int(person.key.id),
                    "set": .object([DemoSides.Columns.of(person.key.kind).main: .string(new)]),
                ]
            ])
            stage.model.records[person.key]?.changeMain(to: new)
            stage.model.known[new] = stage.model.known.removeValue(forKey: person.main)
        }
    }

    // MARK: Flags

    func flagsAreTicked() async throws {
        let lead = try stage.somebody(.both, kind: .lead)
        try await stage.step(
            "C4",
            "An operator ticks the opt-out flag on a person and a lead; a lead that has the person's address follows",
            about: [plot.leader.main, plot.follower.main, lead.main],
            costs: DemoCalls(removals: 1, changes: 2, reads: 2)
        ) {
            try await setFlags([plot.leader.key, lead.key], to: true)
            stage.model.setFlag(plot.leader.key)
            stage.model.setFlag(lead.key)
        }
    }

    func flagIsClearedAgain() async throws {
        try await stage.step(
            "C5",
            "The operator clears the person's flag again: nobody else had opted out, so all of it is taken back",
            about: [plot.leader.main, plot.follower.main],
            costs: DemoCalls(imports: 1, changes: 1, reads: 1)
        ) {
            try await setFlags([plot.leader.key], to: false)
            stage.model.clearFlag(plot.leader.key)
        }
    }

    func flagOfOptedOutIsCleared(_ person: DemoModel.Record) async throws {
        try await stage.step(
            "C6",
            "An operator clears the flag of one who unsubscribed: disputed, and the person stays off",
            about: [person.main],
            holdsFor: .seconds(2)
        ) {
            try await setFlags([person.key], to: false)
            stage.model.clearFlag(person.key)
        }
        try await expectHeld("C6", of: person.main)
    }

    func manyFlagsVanish() async throws {
        let flagged = stage.model.records.values.filter { record in
            record.main.isEmpty == false && stage.model.optOuts[record.main] == [.record(record.key)]
                && record.key != plot.leader.key
        }
        let chosen = flagged.sorted { $0.key < $1.key }.prefix(12)
        try await stage.step(
            "C12",
            "A program clears \(chosen.count) flags at once: nobody comes back, nor who came back within the hour before",
            about: chosen.map(\.main) + [plot.leader.main, plot.follower.main],
            holdsFor: .seconds(2),
            costs: DemoCalls(removals: 2, changes: 1, reads: 1)
        ) {
            try await setFlags(chosen.map(\.key), to: false)
            for record in chosen { stage.model.disputed.insert(record.key) }
            // The flag that was cleared a moment ago is one of them, as far as anybody can tell.
            stage.model.setFlag(plot.leader.key)
            stage.model.disputed.insert(plot.leader.key)
        }
    }

    private func setFlags(_ keys: [DemoRecordKey], to value: Bool) async throws {
        try await stage.sides.edit(
            keys.map { key in
                [
                    "resource": .string(key.kind.rawValue), "id": .int(key.id),
                    "set": .object([DemoSides.Columns.of(key.kind).flag: .bool(value)]),
                ]
            }
        )
    }

    /// What only Causeway can say: that it holds a row until somebody decides.
    private func expectHeld(_ rule: String, of address: String) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        var rules = try await stage.heldRules(of: address)
        while !rules.contains(rule), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(200))
            rules = try await stage.heldRules(of: address)
        }
        stage.add(
            DemoResult(
                rules: rule,
                title: "It is held for a decision",
                expectedInCRM: "",
                foundInCRM: "",
                expectedAtProvider: "held by \(rule)",
                foundAtProvider: rules.isEmpty ? "not held" : "held by \(rules.joined(separator: " "))",
                differences: rules.contains(rule) ? [] : ["\(address) is not held by \(rule)"]
            )
        )
    }
}
