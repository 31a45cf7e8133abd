import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

extension ConstantContactClient {
    private static let fields = "/contact_custom_fields"

    package func fields() async throws -> [ProviderField] {
        let query = [("limit", String(ConstantContactLimits.fieldsPerPage))]
        let found = try await all("read fields", Self.fields, query, under: "custom_fields") {
            try FieldDocument.read(&$0)
        }
        await fieldNames.note(found)
        return found
    }

    package func createField(labelled label: String) async throws -> ProviderField {
        let operation = "create a field"
        guard !label.isEmpty, label.unicodeScalars.count <= ConstantContactLimits.longestLabel else {
            let detail = "the label \"\(label)\" must have 1 to \(ConstantContactLimits.longestLabel) characters"
            throw PortError(.refused, operation: operation, detail: detail)
        }
        let request = caller.write(operation, .POST, Self.fields) { writer in
            writer.object { writer in
                writer.member("label", label)
                writer.member("type", "string")
            }
        }
        do {
            // The name by which values are sent is the service's to choose (constant-contact.md §6.3, E18).
            let field = try await caller.call(request) { answer in
                guard let field = try answer.decode({ try FieldDocument.read(&$0) }) else {
                    throw JSONReader.Malformed(offset: 0)
                }
                return field
            }
            await fieldNames.note([field])
            return field
        } catch let error as PortError {
            // Taken, refused as a duplicate, or made without our hearing of it: then it is there to be found.
            switch error.code {
            case .conflict, .refused, .unknownOutcome:
                guard let field = try await field(labelled: label) else { throw error }
                return field
            default:
                throw error
            }
        }
    }

    private func field(labelled label: String) async throws -> ProviderField? {
        let found = try await fields()
        return found.first { $0.label == label }
            ?? found.first { $0.label.lowercased() == label.lowercased() }
            ?? found.first { $0.name.lowercased() == label.replacing(" ", with: "_").lowercased() }
    }
}
