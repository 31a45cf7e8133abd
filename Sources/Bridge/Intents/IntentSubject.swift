import Reconciliation

/// How subjects of intents and parked rows are spelt.
enum IntentSubject {
    static func contact(_ contact: ContactID, account: AccountID) -> String { "contact \(account) \(contact)" }
    static func record(_ id: RecordID) -> String { id.description }
    static func member(_ id: MemberID) -> String { "member \(id)" }

    /// The contact that a subject names, if it names one of the account.
    static func contact(in subject: String, account: AccountID) -> ContactID? {
        let prefix = "contact \(account) "
        return subject.hasPrefix(prefix) ? ContactID(String(subject.dropFirst(prefix.count))) : nil
    }

    /// The record that a subject names, if it names one.
    static func record(in subject: String) -> RecordID? {
        for kind in RecordKind.allCases {
            if let id = number(after: "\(kind.rawValue) ", in: subject) { return RecordID(kind, id) }
        }
        return nil
    }

    /// The member that a subject names, if it names one.
    static func member(in subject: String) -> MemberID? { number(after: "member ", in: subject).map { MemberID($0) } }

    private static func number(after prefix: String, in subject: String) -> Int64? {
        subject.hasPrefix(prefix) ? Int64(subject.dropFirst(prefix.count)) : nil
    }
}
