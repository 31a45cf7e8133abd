import Reconciliation

/// A campaign as a list call shows it; the public name is read by the column that the decoder was told.
struct CampaignRow: Decodable {
    var campaign: Campaign

    static let columns = ["id", "lock_version", "is_deleted", "object_ref", "name"]

    init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: ColumnKey.self)
        let publicNameField = decoder.userInfo[.workbooksPublicName] as? String
        let publicName = try publicNameField.flatMap { try row.text($0) }?.trimmingBlanks
        campaign = Campaign(
            id: CampaignID(try row.required("id", row.integer("id"))),
            reference: try row.text("object_ref") ?? "",
            name: try row.text("name") ?? "",
            publicName: publicName?.isEmpty == true ? nil : publicName,
            lockVersion: try row.required("lock_version", row.integer("lock_version")),
            isDeleted: try row.flag("is_deleted") ?? false
        )
    }
}

extension CodingUserInfoKey {
    /// The name of the campaign attribute that holds the public name.
    static let workbooksPublicName: CodingUserInfoKey = {
        guard let key = CodingUserInfoKey(rawValue: "workbooks.publicName") else {
            preconditionFailure("every text makes a key")
        }
        return key
    }()
}

extension String {
    /// The text without blanks at either end.
    var trimmingBlanks: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
