import Bridge
import Foundation
import NIOCore
import Reconciliation

extension WorkbooksClient {
    package func records(_ ids: [RecordID]) async throws -> [CRMRecord] {
        var found: [CRMRecord] = []
        for kind in RecordKind.allCases {
            let wanted = Set(ids.lazy.filter { $0.kind == kind }.map(\.id)).sorted()
            for batch in wanted.chunks(of: capabilities.readBatch) {
                found += try await records(of: kind) { _ in .all([.ids(batch), .deletedOrNot]) }
            }
        }
        return found
    }

    /// Every record that is not deleted and has one of the addresses.
    ///
    /// An answer can have more rows than there are addresses, so it is read page after page; what the service's own
    /// idea of equality adds is left out.
    package func records(having addresses: [Address]) async throws -> [CRMRecord] {
        let wanted = Set(addresses)
        var found: [CRMRecord] = []
        for batch in wanted.sorted().chunks(of: capabilities.readBatch) {
            for kind in RecordKind.allCases {
                found += try await records(of: kind) { AddressFilter(columns: $0.emails).rows(having: batch) }
            }
        }
        // A record can be found by addresses of two batches.
        var seen: Set<RecordID> = []
        return found.filter { record in
            record.addresses.contains { wanted.contains($0) } && seen.insert(record.id).inserted
        }
    }

    /// The columns of a kind as far as they are known to exist.
    func columns(of kind: RecordKind) -> RecordColumns {
        let mapped = mappedAttributes[kind] ?? []
        if let schema = knownSchema { return schema.columns(of: kind, mapped: mapped) }
        var columns = RecordColumns.of(kind)
        columns.mapped = mapped
        return columns
    }

    /// Runs a read of records.
    ///
    /// When the service refuses the columns, metadata tells which of them the database does
    /// not have, and the read is made again without those.
    func withColumns<Value>(
        of kind: RecordKind,
        _ read: (RecordColumns) async throws -> Value
    ) async throws -> Value {
        let tried = columns(of: kind)
        do {
            return try await read(tried)
        } catch let error as PortError where error.code == .refused {
            try await readSchema()
            let known = columns(of: kind)
            guard known != tried else { throw error }
            return try await read(known)
        }
    }

    /// Gives the values of mapped attributes their common form, which takes the types from metadata.
    func normalised(_ records: [CRMRecord], of columns: RecordColumns) async throws -> [CRMRecord] {
        guard !columns.mapped.isEmpty, !records.isEmpty else { return records }
        let types = try await schema().dataTypes(of: columns.resource)
        return records.map { record in
            var record = record
            for (name, value) in record.fields where !value.isEmpty {
                record.fields[name] = FieldText.normal(value, ofType: types[name] ?? "")
            }
            return record
        }
    }

    private func records(of kind: RecordKind, where filter: (RecordColumns) -> Filter?) async throws -> [CRMRecord] {
        try await withColumns(of: kind) { columns in
            guard let filter = filter(columns) else { return [] }
            let rows: [RecordRow] = try await allRows(
                of: columns.resource,
                columns: columns.selected,
                filter: filter,
                operation: "read records",
                context: [.workbooksColumns: columns],
                id: \.record.id.id
            )
            return try await normalised(rows.map(\.record), of: columns)
        }
    }
}

extension Array {
    /// The elements in runs of at most a number of them.
    func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
