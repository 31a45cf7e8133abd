import Reconciliation
import Store

/// A contact with the address at a provider account.
struct WhyContact: Sendable, Encodable {
    var account: String
    var id: String
    var permission: String
    /// `person`, `account` or `null`.
    var optOutBy: String?
    var optOutAt: String?
    /// The lists that it is on, by name where Causeway manages them.
    var lists: [String]
    /// Those of them that Causeway put it on.
    var ours: [String]
    var deleted: Bool

    /// The contacts with an address, one for each account that has any.
    ///
    /// - Parameter moment: as they were then; nil for the present. Of what an older version had read, nothing is told for
    ///   the time before the history begins.
    static func all(
        of address: Address,
        at moment: Timestamp? = nil,
        in connection: any SQLConnection
    ) throws -> [WhyContact] {
        try Accounts.all(on: connection).filter { $0.role == .provider }.compactMap { account in
            let found =
                if let moment {
                    try ContactHistory.having(address, account: account.name, at: moment, in: connection)
                        .flatMap { $0.isFromBefore ? nil : $0.value }
                } else {
                    try present(address, account: account.name, in: connection)
                }
            guard let found else { return nil }
            return WhyContact(found, account: account.name, names: try names(of: account.name, in: connection))
        }
    }

    private static func present(
        _ address: Address,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> ContactHistory.Row? {
        guard let shadow = try Contacts.having([address], account: account, in: connection)[address] else { return nil }
        let id = shadow.contact.id
        return ContactHistory.Row(
            contact: shadow.contact,
            ours: try Contacts.ours([id], account: account, in: connection)[id] ?? []
        )
    }

    /// What the lists are called that Causeway manages.
    private static func names(of account: AccountID, in connection: any SQLConnection) throws -> [ListID: String] {
        var names: [ListID: String] = [:]
        for link in try Links.of(account, in: connection) {
            if let list = link.list { names[list] = link.listName }
        }
        if let master = try Links.master(of: account, in: connection) { names[master] = "the list of everybody" }
        return names
    }

    private init(_ row: ContactHistory.Row, account: AccountID, names: [ListID: String]) {
        let contact = row.contact
        self.account = account.rawValue
        id = contact.id.rawValue
        permission = contact.permission.text
        optOutBy =
            switch contact.optOutBy {
            case .contact: "person"
            case .account: "account"
            case .unknown, .unnamed: nil
            }
        optOutAt = contact.optOutAt?.text
        lists = contact.lists.map { names[$0] ?? $0.rawValue }.sorted()
        ours = row.ours.map { names[$0] ?? $0.rawValue }.sorted()
        deleted = contact.isDeleted
    }
}
