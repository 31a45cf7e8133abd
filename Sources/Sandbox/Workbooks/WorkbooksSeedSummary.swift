/// What seeding made.
package struct WorkbooksSeedSummary: Sendable {
    /// A campaign that seeding made.
    package struct Campaign: Sendable {
        /// The id of the record.
        package var id: Int
        /// The permanent reference, `CAMP-…`.
        package var reference: String
        /// The name.
        package var name: String
        /// The value of the custom field *Public name*.
        package var publicName: String
    }

    /// The campaigns, in the order of their ids.
    package var campaigns: [Campaign] = []
    /// How many people were made.
    package var people = 0
    /// How many leads were made.
    package var salesLeads = 0
    /// How many memberships were made.
    package var memberships = 0

    /// The summary as JSON.
    package var json: SandboxJSON {
        [
            "campaigns": .array(
                campaigns.map { campaign in
                    [
                        "id": .int(campaign.id), "reference": .string(campaign.reference),
                        "name": .string(campaign.name), "publicName": .string(campaign.publicName),
                    ]
                }
            ),
            "people": .int(people), "salesLeads": .int(salesLeads), "memberships": .int(memberships),
        ]
    }
}
