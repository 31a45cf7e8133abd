import Reconciliation

/// The members of one linked campaign at one account, in the mix that a pass after some weeks meets: most are in sync,
/// some are new, renamed, opted out, or left.
struct SyntheticWorld {
    private let campaign = CampaignID(1)
    private let account = AccountID("constant-contact")
    private let list = ListID("9f6ae4c2-1b3d-4f5e-8a7b-000000000001")
    private let master = ListID("9f6ae4c2-1b3d-4f5e-8a7b-000000000002")
    private let rules: AccountRules

    /// What a member is in, by its number modulo 100.
    private enum Case {
        case inSync, new, renamed, optedOut, left

        init(_ number: Int) {
            switch number % 100 {
            case 0..<75: self = .inSync
            case 75..<85: self = .new
            case 85..<90: self = .renamed
            case 90..<95: self = .optedOut
            default: self = .left
            }
        }
    }

    init() {
        rules = AccountRules(
            links: [LinkView(id: LinkID(1), campaign: campaign, list: list)],
            master: master,
            mappings: [FieldMapping(attribute: "job_title", field: "job_title")],
            longestAddress: 80,
            longestName: 50,
            longestFieldValue: 255,
            listsPerContact: 50
        )
    }

    /// The view of one member's address.
    func view(of number: Int) -> AddressView {
        let kind = Case(number)
        let email = "member.number\(number)@example.org"
        let record = CRMRecord(
            id: RecordID(.person, Int64(number + 1)),
            lockVersion: 3,
            updatedAt: Timestamp(seconds: 1_770_000_000),
            firstName: "First\(number % 1_000)",
            lastName: "Lastname\(number)",
            mainEmail: email,
            isOptedOut: kind == .optedOut,
            fields: ["job_title": "Position \(number % 50)"]
        )
        let member = MemberView(
            id: MemberID(Int64(number + 1)),
            campaign: campaign,
            record: 0,
            statusID: kind == .left ? 2 : 1,
            isLeaving: kind == .left,
            lockVersion: 1
        )
        let event = kind == .optedOut ? Int64(number + 1) : 0
        return AddressView(
            address: Address(compared: email),
            isOptedOut: kind == .optedOut,
            latestOptOut: event,
            latestProviderOptOut: event,
            records: [RecordView(mirror: RecordMirror(record: record), isMain: true, latestOptOutOfAny: event)],
            members: [member],
            accounts: [
                AccountView(
                    account: account,
                    rules: rules,
                    shadow: kind == .new ? nil : shadow(of: record, kind),
                    ours: kind == .new ? [] : [list, master]
                )
            ]
        )
    }

    /// How many operations the plans of the first members have together.
    func operations(for members: Int) -> Int {
        (0..<members).reduce(0) { sum, number in
            switch Case(number) {
            case .inSync: sum
            case .new, .renamed, .left: sum + 1
            // Its status, off the lists, and unsubscribed.
            case .optedOut: sum + 3
            }
        }
    }

    private func shadow(of record: CRMRecord, _ kind: Case) -> ContactShadow {
        ContactShadow(
            contact: ProviderContact(
                id: ContactID("c0ffee00-0000-4000-8000-\(record.id.id)"),
                email: record.mainEmail,
                permission: .implicit,
                optInBy: .account,
                optInAt: Timestamp(seconds: 1_765_000_000),
                lists: [list, master],
                firstName: kind == .renamed ? "Before" : record.firstName,
                lastName: record.lastName,
                fields: record.fields
            )
        )
    }
}
