import Bridge
import Foundation
import NIOCore
import Reconciliation

extension WorkbooksClient {
    package func attributes(of kind: RecordKind) async throws -> [CRMAttribute] {
        try await readSchema().attributes(of: RecordColumns.of(kind).resource)
    }

    /// The schema, read again once a day: attributes can be added at any time.
    func schema() async throws -> DatabaseSchema {
        if let recent = recentSchema { return recent }
        return try await readSchema()
    }

    /// Reads metadata anew.
    ///
    /// Some class names are inferred (workbooks.md §9), so a type that is not found by its class name is looked for by
    /// its controller among all types.
    @discardableResult
    func readSchema() async throws -> DatabaseSchema {
        var types = try await metadataTypes(named: Resource.allCases.map(\.className))
        if !DatabaseSchema(types).absent.isEmpty { types += try await metadataTypes(named: []) }
        let schema = DatabaseSchema(types)
        keep(schema)
        return schema
    }

    private func metadataTypes(named names: [String]) async throws -> [MetadataType] {
        var parameters = FormBody()
        for name in names { parameters.add("class_names[]", name) }
        for column in MetadataType.columns { parameters.add("_select_columns[]", column) }
        let call = WorkbooksCall(
            kind: .read,
            endpoint: "metadata/types.api",
            parameters: parameters,
            operation: "read metadata"
        )
        return try await transport.perform(call) { body in
            try JSONDecoder().decode(MetadataAnswer.self, from: Data(body.readableBytesView)).data
        }
    }
}

/// The answer of `metadata/types.api`; whether it says `success` is documented nowhere.
private struct MetadataAnswer: Decodable {
    var data: [MetadataType]
}
