/// The provider's fields that say which CRM record a contact stands for, where a provider's client keeps some.
///
/// They follow the record as mapped attributes do: a Lead that became a Person, or a lower id, is a difference of the
/// row. A field that the account does not have is none: an owner who deleted it does without.
///
/// ```swift
/// RecordFields(kind: "WBTYPE", id: "WBID").values(of: RecordID(.lead, 7))  // ["WBTYPE": "Lead", "WBID": "7"]
/// ```
package struct RecordFields: Sendable, Hashable {
    /// The name of the field that says `Person` or `Lead`.
    package var kind: String
    /// The name of the field that has the record's id in decimal.
    package var id: String

    package init(kind: String, id: String) {
        self.kind = kind
        self.id = id
    }

    /// The names of both.
    var names: [String] { [kind, id] }

    /// What the fields hold of the contact that stands for a record, by their names.
    package func values(of record: RecordID) -> [String: String] {
        [kind: Self.word(of: record.kind), id: String(record.id)]
    }

    /// Whether a contact's fields say so; one that the account does not have says nothing else.
    func isTold(of record: RecordID, by fields: [String: String]) -> Bool {
        if let told = fields[kind], told != Self.word(of: record.kind) { return false }
        if let told = fields[id], told != String(record.id) { return false }
        return true
    }

    private static func word(of kind: RecordKind) -> String {
        switch kind {
        case .person: "Person"
        case .lead: "Lead"
        }
    }
}
