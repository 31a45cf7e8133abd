import Reconciliation

/// Which attributes of a Person or Lead make up a record.
///
/// On a Lead, contact data and the flag are those of the company party (workbooks.md §9.5, trap 8).
struct RecordColumns: Sendable, Hashable {
    var kind: RecordKind
    var resource: Resource
    var firstName: String
    var lastName: String
    var wholeName: String
    var mainEmail: String
    var otherEmails: [String]
    var optOutFlag: String
    var undeliverableMark: String
    /// The further attributes to read into `CRMRecord.fields`.
    var mapped: [String] = []

    static let person = RecordColumns(
        kind: .person,
        resource: .people,
        firstName: "person_first_name",
        lastName: "person_last_name",
        wholeName: "name",
        mainEmail: "main_location[email]",
        otherEmails: ["main_location[alternate_email]", "home_location[email]", "home_location[alternate_email]"],
        optOutFlag: "no_email_soliciting",
        undeliverableMark: "main_location[email_address_undeliverable]"
    )

    static let lead = RecordColumns(
        kind: .lead,
        resource: .leads,
        firstName: "person_lead_party[person_first_name]",
        lastName: "person_lead_party[person_last_name]",
        wholeName: "name",
        mainEmail: "org_lead_party[main_location[email]]",
        otherEmails: [
            "org_lead_party[main_location[alternate_email]]", "org_lead_party[home_location[email]]",
            "org_lead_party[home_location[alternate_email]]",
        ],
        optOutFlag: "org_lead_party[no_email_soliciting]",
        undeliverableMark: "org_lead_party[main_location[email_address_undeliverable]]"
    )

    /// The columns of a kind as every database should have them.
    static func of(_ kind: RecordKind) -> RecordColumns {
        switch kind {
        case .person: .person
        case .lead: .lead
        }
    }

    /// The columns that hold addresses.
    var emails: [String] { [mainEmail] + otherEmails }

    /// Every column to select, each once.
    var selected: [String] {
        let own = Self.common + [firstName, lastName, wholeName] + emails + [optOutFlag, undeliverableMark]
        return own + mapped.filter { !own.contains($0) }
    }

    /// The attributes that a database must have.
    var required: [String] { Self.common + [wholeName, mainEmail, optOutFlag, undeliverableMark] }

    /// The attributes that a bridge writes.
    var written: [String] { [optOutFlag, undeliverableMark] }

    /// These columns without the optional ones that a database does not have.
    func restricted(to known: Set<String>) -> RecordColumns {
        var columns = self
        columns.otherEmails.removeAll { !known.contains($0) }
        columns.mapped.removeAll { !known.contains($0) }
        return columns
    }

    private static let common = ["id", "lock_version", "updated_at", "updated_by", "is_deleted"]
}
