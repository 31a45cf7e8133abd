import Reconciliation

/// The attribute tables of the accounts.
package enum Mappings {
    /// A stored mapping row.
    package struct Row: Sendable, Hashable {
        package var id: Int64
        package var account: AccountID
        package var mapping: FieldMapping
        /// The provider's id of the field.
        package var fieldID: String
    }

    /// Adds a row.
    ///
    /// - Returns: nil when the account's field has a row already.
    package static func insert(
        _ mapping: FieldMapping,
        fieldID: String,
        account: AccountID,
        in connection: any SQLConnection
    ) throws -> Int64? {
        try connection.execute(
            """
            INSERT INTO mapping (account, attribute, field, field_id, only_kind, clears)
            VALUES (\(account.rawValue), \(mapping.attribute), \(mapping.field), \(fieldID), \(mapping.only?.rawValue),
                \(mapping.clears))
            ON CONFLICT DO NOTHING
            """
        )
        return connection.changedRows == 0 ? nil : connection.lastInsertedID
    }

    /// The rows of one account, or of all, in id order.
    package static func of(_ account: AccountID?, in connection: any SQLConnection) throws -> [Row] {
        let all = try connection.rows(
            "SELECT id, account, attribute, field, field_id, only_kind, clears FROM mapping ORDER BY id"
        ) {
            Row(
                id: $0.int(0),
                account: AccountID($0.text(1)),
                mapping: FieldMapping(
                    attribute: $0.text(2),
                    field: $0.text(3),
                    only: $0.optionalText(5).flatMap(RecordKind.init(rawValue:)),
                    clears: $0.bool(6)
                ),
                fieldID: $0.text(4)
            )
        }
        return account.map { wanted in all.filter { $0.account == wanted } } ?? all
    }

    /// Removes a row; the provider's field keeps its values.
    ///
    /// - Returns: whether there was one.
    package static func delete(_ id: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM mapping WHERE id = \(id)")
        return connection.changedRows > 0
    }
}
