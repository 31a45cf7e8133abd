import Sandbox

/// What is arranged before anything is connected: people with a past at the provider, and people who share an address.
struct DemoPlot: Sendable {
    /// Unsubscribed at the provider years ago, and a member of both campaigns.
    let earlier: String
    /// Known to the provider by another name, and a member.
    let acquaintance: String
    /// Known to the provider and in no campaign.
    let stranger = "old.friend@example.org"
    /// A Person whose main address is the alternate one of `follower`.
    let leader: DemoModel.Record
    let follower: DemoModel.Record

    /// Arranges it in both services and in the model.
    static func prepare(_ sides: DemoSides, _ model: inout DemoModel) async throws -> DemoPlot {
        var cast = DemoCast(model: model)
        let earlier = try cast.takeLast(.both).main
        let acquaintance = try cast.takeLast(.both).main
        let leader = try cast.takeLast(.first, kind: .person)
        let follower = try cast.takeLast(.first, kind: .lead)
        let plot = DemoPlot(earlier: earlier, acquaintance: acquaintance, leader: leader, follower: follower)
        try await sides.edit([
            [
                "resource": .string(follower.key.kind.rawValue), "id": .int(follower.key.id),
                "set": ["org_lead_party[main_location[alternate_email]]": .string(leader.main)],
            ]
        ])
        model.records[follower.key]?.addAlternate(leader.main)
        try await sides.act(
            "create-contact",
            [
                "contacts": [
                    [
                        "email": .string(earlier), "permission_to_send": "unsubscribed", "opt_out_source": "Contact",
                        "opt_out_date": "2024-03-01T08:00:00Z", "created_at": "2023-01-01T08:00:00Z",
                    ],
                    [
                        "email": .string(acquaintance), "permission_to_send": "explicit", "first_name": "Nick",
                        "last_name": "Name", "created_at": "2023-01-01T08:00:00Z",
                    ],
                    [
                        "email": .string(plot.stranger), "permission_to_send": "explicit", "first_name": "Old",
                        "last_name": "Friend", "created_at": "2023-01-01T08:00:00Z",
                    ],
                ]
            ])
        for address in [earlier, acquaintance, plot.stranger] { model.known[address] = [] }
        model.optOutAtProvider(earlier)
        return plot
    }
}
