import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

extension ConstantContactClient {
    static let contacts = "/contacts"
    /// What is read of every contact beside its scalars.
    private static let include = ("include", "list_memberships,custom_fields")

    package func contacts(_ query: ContactQuery, cursor: String?) async throws -> ContactPage {
        let operation = "read contacts"
        var request = caller.read(operation, Self.contacts, try Self.parameters(of: query, operation))
        if let cursor { request.url = try url(of: cursor, below: Self.contacts, operation) }

        let (page, serverTime) = try await caller.call(request) { answer in
            let page = try answer.decode { try Page.read(&$0, "contacts") { try ContactDocument.read(&$0) } }
            return (page, answer.headers.first(name: "Date").flatMap(ServiceTime.parseHTTPDate))
        }
        if let next = page.next {
            // Refused now rather than when the engine comes back with it, maybe after it was stored.
            _ = try url(of: next, below: Self.contacts, operation)
        }
        return ContactPage(contacts: try await named(page.elements), next: page.next, serverTime: serverTime)
    }

    package func contact(_ id: ContactID) async throws -> ProviderContact? {
        do {
            return try await named(try await document(of: id, "read a contact"))
        } catch let error as PortError where error.code == .notFound {
            return nil
        }
    }

    /// Reads a contact with everything that a PUT may have to repeat.
    ///
    /// - Throws: `PortError` with `notFound` when there is none of that id.
    func document(of id: ContactID, _ operation: String) async throws -> ContactDocument {
        let path = Self.path(of: id)
        return try await caller.call(caller.read(operation, path, [Self.include])) { try Self.document(in: $0) }
    }

    /// The contacts that have an address, deleted ones included; one at most by the service's rules.
    func documents(having email: String, _ operation: String) async throws -> [ContactDocument] {
        let query = [("email", email), ("status", "all"), Self.include]
        return try await all(operation, Self.contacts, query, under: "contacts") { try ContactDocument.read(&$0) }
    }

    /// The contact in the engine's terms, its own fields by name.
    func named(_ document: ContactDocument) async throws -> ProviderContact {
        let names = try await names(of: [document])
        return document.contact(fieldNames: names)
    }

    static func path(of id: ContactID) -> String {
        "\(contacts)/\(PercentEncoding.encode(id.rawValue))"
    }

    static func document(in answer: ServiceAnswer) throws -> ContactDocument {
        guard let document = try answer.decode({ try ContactDocument.read(&$0) }) else {
            throw JSONReader.Malformed(offset: 0)
        }
        return document
    }

    private func named(_ documents: [ContactDocument]) async throws -> [ProviderContact] {
        let names = try await names(of: documents)
        return documents.map { $0.contact(fieldNames: names) }
    }

    private func names(of documents: [ContactDocument]) async throws -> [String: String] {
        var ids: Set<String> = []
        for document in documents {
            for field in document.fields ?? [] { ids.insert(field.fieldID) }
        }
        return ids.isEmpty ? [:] : try await fieldNames.names(covering: ids) { try await self.fields() }
    }

    /// - Throws: `PortError` with `refused` when a query names no list or too many.
    private static func parameters(
        of query: ContactQuery,
        _ operation: String
    ) throws -> [(String, String)] {
        let filter: [(String, String)]
        switch query {
        case .everybody:
            filter = [("status", "all")]
        case .optedOut(let moment):
            // `status=all` also shows who was deleted after opting out; `updated_after` would miss most opt-outs, and
            // there is no upper bound, so that a late one is not lost (constant-contact.md §7.1; design §8).
            filter = [("status", "all"), ("optout_after", ServiceTime.format(moment))]
        case .unsubscribed:
            filter = [("status", "unsubscribed")]
        case .deleted:
            filter = [("status", "deleted")]
        case .onLists(let lists):
            guard (1...ConstantContactLimits.listsPerQuery).contains(lists.count) else {
                let detail = "a query names 1 to \(ConstantContactLimits.listsPerQuery) lists, not \(lists.count)"
                throw PortError(.refused, operation: operation, detail: detail)
            }
            filter = [("lists", lists.map(\.rawValue).joined(separator: ","))]
        case .having(let address):
            filter = [("email", address.text), ("status", "all")]
        case .created(let moment):
            filter = [("created_after", ServiceTime.format(moment))]
        }
        return filter + [include, ("limit", String(ConstantContactLimits.pageSize))]
    }
}
