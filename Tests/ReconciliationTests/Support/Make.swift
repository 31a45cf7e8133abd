import Reconciliation

/// Short ways to write the values that the tests are about.
enum Make {
    static let now = Timestamp(seconds: 1_800_000_000)
    static let account = AccountID("cc")
    static let otherAccount = AccountID("mc")

    static func address(_ typed: String) -> Address { Address(compared: typed) }

    static func at(_ seconds: Int64) -> Timestamp { now.advanced(bySeconds: seconds) }

    static func record(
        _ id: RecordID = RecordID(.person, 1),
        version: Int64 = 1,
        main: String = "ada@example.org",
        others: [String] = [],
        flagged: Bool = false,
        marked: Bool = false,
        deleted: Bool = false,
        by user: Int64? = nil
    ) -> CRMRecord {
        CRMRecord(
            id: id,
            lockVersion: version,
            updatedAt: now,
            updatedBy: user,
            isDeleted: deleted,
            firstName: "Ada",
            lastName: "Byron",
            mainEmail: main,
            otherEmails: others,
            isOptedOut: flagged,
            isUndeliverable: marked
        )
    }

    static func contact(
        _ permission: Permission = .implicit,
        email: String = "ada@example.org",
        optOut: ContactActor = .unknown,
        leftAt optOutAt: Timestamp? = nil,
        optIn: ContactActor = .account,
        cameAt optInAt: Timestamp? = nil,
        lists: Set<ListID> = [],
        deleted: Bool = false
    ) -> ProviderContact {
        ProviderContact(
            id: ContactID("contact of \(email)"),
            email: email,
            permission: permission,
            optOutBy: optOut,
            optOutAt: optOutAt,
            optInBy: optIn,
            optInAt: optInAt,
            lists: lists,
            firstName: "Ada",
            lastName: "Byron",
            isDeleted: deleted
        )
    }

    static func event(
        _ kind: ConsentEvent.Kind = .optOut,
        _ source: ConsentSource = .account(account),
        by author: Author = .person,
        at position: Int64? = 1,
        address: String = "ada@example.org",
        complaint: Bool = false
    ) -> ConsentEvent {
        ConsentEvent(
            address: Address(compared: address),
            kind: kind,
            by: author,
            source: source,
            isComplaint: complaint,
            position: position,
            receivedAt: now,
            through: "test",
            rule: .c1
        )
    }

    static func rules(
        account: AccountID = account,
        campaigns: [Int64] = [1],
        master: Bool = true,
        limit: Int = 50
    ) -> AccountRules {
        AccountRules(
            links: campaigns.map {
                LinkView(id: LinkID($0), campaign: CampaignID($0), list: list($0, account))
            },
            master: master ? masterList(account) : nil,
            longestAddress: 80,
            longestName: 50,
            longestFieldValue: 255,
            listsPerContact: limit
        )
    }

    static func list(_ campaign: Int64, _ account: AccountID = account) -> ListID { ListID("\(account) \(campaign)") }

    static func masterList(_ account: AccountID = account) -> ListID { ListID("\(account) all") }

    /// The statuses of a campaign: the usual one, one that an operator chose, and the leaving one.
    static func status(_ kind: Status, of campaign: CampaignID) -> Int64 { campaign.rawValue * 10 + kind.rawValue }

    enum Status: Int64, CaseIterable { case added = 1, attended, unsubscribed }
}
