import Reconciliation
import Store

/// Decided rows that go out in bulk requests of one kind, with what the shadow has of their contacts.
struct BulkGroup: Sendable {
    var rows: [ProviderRound.DecidedRow<OutgoingRow>]
    /// The contacts that are known, by address; empty where the provider does not ask for them.
    var known: [Address: ProviderContact]

    /// What is sent of a row.
    func row(_ outgoing: OutgoingRow) -> ContactRow {
        var row = ContactRow(outgoing)
        guard let contact = Address(typed: outgoing.email).flatMap({ known[$0] }) else { return row }
        row.known = contact.id
        row.isHeld = contact.holds(outgoing)
        return row
    }
}

extension Engine {
    /// Groups rows by how they go out in bulk, in the order of the kinds.
    func bulkGroups(
        of rows: [ProviderRound.DecidedRow<OutgoingRow>],
        account: AccountID,
        provider: any EmailProvider
    ) async throws -> [BulkGroup] {
        if rows.isEmpty { return [] }
        guard provider.capabilities.tellsKnownRows else { return [BulkGroup(rows: rows, known: [:])] }
        let addresses = rows.map(\.dirty.address)
        let known = try await store.database.read { connection in
            // One that was deleted is made anew only when somebody said so (C9), as if it had never been there.
            try Contacts.having(addresses, account: account, in: connection)
                .compactMapValues { $0.contact.isDeleted ? nil : $0.contact }
        }
        let all = BulkGroup(rows: rows, known: known)
        return BulkKind.allCases.compactMap { kind in
            let rows = all.rows.filter { provider.bulkKind(of: all.row($0.content)) == kind }
            return rows.isEmpty ? nil : BulkGroup(rows: rows, known: known)
        }
    }
}

extension ContactRow {
    /// What is sent of a decided row.
    init(_ row: OutgoingRow) {
        self.init(
            email: row.email,
            firstName: row.firstName,
            lastName: row.lastName,
            fields: row.fields.merging(row.recordFields) { mapped, _ in mapped }
        )
    }
}

extension ProviderContact {
    /// Whether the contact has the values that a row sends; a blank name is not sent.
    fileprivate func holds(_ row: OutgoingRow) -> Bool {
        (row.firstName.isEmpty || row.firstName == firstName) && (row.lastName.isEmpty || row.lastName == lastName)
            && row.fields.allSatisfy { fields[$0.key] ?? "" == $0.value }
            // The account has no field for what is missing.
            && row.recordFields.allSatisfy { fields[$0.key] ?? $0.value == $0.value }
    }
}
