/// One record's membership of one campaign, as the CRM showed it.
package struct CampaignMember: Hashable, Sendable, Codable {
    package var id: MemberID
    package var campaign: CampaignID
    /// The Person or Lead that is the member; nil for other parties (organisations), which cannot be mailed.
    package var record: RecordID?
    /// The id of the membership status; it belongs to this campaign alone (workbooks.md §9.2).
    package var statusID: Int64
    package var lockVersion: Int64
    package var updatedAt: Timestamp
    /// The CRM's id of the user who changed it last; nil when it was not read.
    package var updatedBy: Int64?
    package var isDeleted: Bool

    package init(
        id: MemberID,
        campaign: CampaignID,
        record: RecordID?,
        statusID: Int64,
        lockVersion: Int64,
        updatedAt: Timestamp,
        updatedBy: Int64? = nil,
        isDeleted: Bool = false
    ) {
        self.id = id
        self.campaign = campaign
        self.record = record
        self.statusID = statusID
        self.lockVersion = lockVersion
        self.updatedAt = updatedAt
        self.updatedBy = updatedBy
        self.isDeleted = isDeleted
    }
}

/// One of the statuses that a campaign's members may have.
package struct MembershipStatus: Hashable, Sendable, Codable {
    package var id: Int64
    package var campaign: CampaignID
    package var text: String

    package init(id: Int64, campaign: CampaignID, text: String) {
        self.id = id
        self.campaign = campaign
        self.text = text
    }
}

/// A CRM campaign.
package struct Campaign: Hashable, Sendable, Codable {
    package var id: CampaignID
    /// The permanent reference, such as `CAMP-41500`.
    package var reference: String
    package var name: String
    /// The name that recipients may see; nil where the database has no such field or it is empty.
    package var publicName: String?
    package var lockVersion: Int64
    package var isDeleted: Bool

    package init(
        id: CampaignID,
        reference: String,
        name: String,
        publicName: String?,
        lockVersion: Int64,
        isDeleted: Bool = false
    ) {
        self.id = id
        self.reference = reference
        self.name = name
        self.publicName = publicName
        self.lockVersion = lockVersion
        self.isDeleted = isDeleted
    }
}
