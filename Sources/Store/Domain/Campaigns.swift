import Reconciliation

/// The mirror of the CRM's campaigns and their membership statuses.
package enum Campaigns {
    /// Stores campaigns as they were read.
    package static func save(_ campaigns: [Campaign], in connection: any SQLConnection) throws {
        for campaign in campaigns {
            try connection.execute(
                """
                INSERT INTO campaign (id, reference, name, public_name, lock_version, is_deleted)
                VALUES (\(campaign.id.rawValue), \(campaign.reference), \(campaign.name), \(campaign.publicName),
                    \(campaign.lockVersion), \(campaign.isDeleted))
                ON CONFLICT (id) DO UPDATE SET
                    reference = excluded.reference, name = excluded.name, public_name = excluded.public_name,
                    lock_version = excluded.lock_version, is_deleted = excluded.is_deleted
                """
            )
        }
    }

    /// Every campaign that was read, in id order.
    package static func all(in connection: any SQLConnection) throws -> [Campaign] {
        try connection.rows(
            "SELECT id, reference, name, public_name, lock_version, is_deleted FROM campaign ORDER BY id"
        ) {
            Campaign(
                id: CampaignID($0.int(0)),
                reference: $0.text(1),
                name: $0.text(2),
                publicName: $0.optionalText(3),
                lockVersion: $0.int(4),
                isDeleted: $0.bool(5)
            )
        }
    }

    /// Stores the statuses of campaigns.
    package static func save(statuses: [MembershipStatus], in connection: any SQLConnection) throws {
        for status in statuses {
            try connection.execute(
                """
                INSERT INTO membership_status (id, campaign, text)
                VALUES (\(status.id), \(status.campaign.rawValue), \(status.text))
                ON CONFLICT (id) DO UPDATE SET campaign = excluded.campaign, text = excluded.text
                """
            )
        }
    }

    /// The statuses that are known of a campaign.
    package static func statuses(
        of campaign: CampaignID,
        in connection: any SQLConnection
    ) throws -> [MembershipStatus] {
        try connection.rows(
            "SELECT id, text FROM membership_status WHERE campaign = \(campaign.rawValue) ORDER BY id"
        ) { MembershipStatus(id: $0.int(0), campaign: campaign, text: $0.text(1)) }
    }
}
