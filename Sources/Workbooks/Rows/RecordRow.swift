import Reconciliation

/// A Person or Lead as a list call shows it.
struct RecordRow: Decodable {
    var record: CRMRecord

    init(from decoder: any Decoder) throws {
        guard let columns = decoder.userInfo[.workbooksColumns] as? RecordColumns else {
            preconditionFailure("a row of records is decoded without its columns")
        }
        let row = try decoder.container(keyedBy: ColumnKey.self)
        let (first, last) = try Self.names(row, columns)
        var fields: [String: String] = [:]
        for name in columns.mapped { fields[name] = try row.text(name) ?? "" }
        record = CRMRecord(
            id: RecordID(columns.kind, try row.required("id", row.integer("id"))),
            lockVersion: try row.required("lock_version", row.integer("lock_version")),
            updatedAt: try row.required("updated_at", row.moment("updated_at")),
            updatedBy: try row.integer("updated_by"),
            isDeleted: try row.required("is_deleted", row.flag("is_deleted")),
            firstName: first,
            lastName: last,
            mainEmail: try Self.email(row, columns.mainEmail),
            otherEmails: try columns.otherEmails.map { try Self.email(row, $0) }.filter { !$0.isEmpty },
            isOptedOut: try row.required(columns.optOutFlag, row.flag(columns.optOutFlag)),
            isUndeliverable: try row.flag(columns.undeliverableMark) ?? false,
            fields: fields
        )
    }

    /// An address that is null or empty is none, but one that the answer lacks must not read as one that was removed.
    private static func email(_ row: KeyedDecodingContainer<ColumnKey>, _ name: String) throws -> String {
        if let text = try row.text(name) { return text }
        guard row.contains(ColumnKey(name)) else { return try row.required(name, nil) }
        return ""
    }

    /// First and last name; where a record has neither, the parts of its whole name.
    private static func names(
        _ row: KeyedDecodingContainer<ColumnKey>,
        _ columns: RecordColumns
    ) throws -> (first: String, last: String) {
        let first = try row.text(columns.firstName) ?? ""
        let last = try row.text(columns.lastName) ?? ""
        guard first.isEmpty, last.isEmpty, let whole = try row.text(columns.wholeName), !whole.isEmpty else {
            return (first, last)
        }
        guard let blank = whole.lastIndex(of: " ") else { return (whole, "") }
        return (String(whole[..<blank]), String(whole[whole.index(after: blank)...]))
    }
}

extension CodingUserInfoKey {
    /// The `RecordColumns` that were selected.
    static let workbooksColumns: CodingUserInfoKey = {
        guard let key = CodingUserInfoKey(rawValue: "workbooks.columns") else {
            preconditionFailure("every text makes a key")
        }
        return key
    }()
}
