/// The two kinds of CRM record that carry an opt-out flag.
package enum RecordKind: String, Hashable, Comparable, Sendable, Codable, CaseIterable {
    case person
    case lead

    /// A Person comes before a Lead, as design §3 (*A shared address*) chooses between records.
    package static func < (left: RecordKind, right: RecordKind) -> Bool {
        left == .person && right == .lead
    }
}

/// A CRM record, keyed by kind and id: the two kinds have id spaces of their own (workbooks.md §9).
package struct RecordID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package var kind: RecordKind
    package var id: Int64

    package init(_ kind: RecordKind, _ id: Int64) {
        self.kind = kind
        self.id = id
    }

    package var description: String { "\(kind.rawValue) \(id)" }

    package static func < (left: RecordID, right: RecordID) -> Bool {
        left.kind == right.kind ? left.id < right.id : left.kind < right.kind
    }
}
