import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

extension ConstantContactClient {
    private static let lists = "/contact_lists"

    package func lists() async throws -> [ProviderList] {
        let query = [("limit", String(ConstantContactLimits.pageSize))]
        return try await all("read lists", Self.lists, query, under: "lists") { try ListDocument.read(&$0) }
            .filter { !$0.isDeleted }
            .map(\.list)
    }

    package func createList(named name: String, description: String) async throws -> ProviderList {
        let operation = "create a list"
        try Self.check(name, operation)
        let wanted = ListDocument(name: name, description: description)
        do {
            let request = caller.write(operation, .POST, Self.lists) { wanted.write(to: &$0) }
            return try await caller.call(request) { try Self.list(in: $0).list }
        } catch let error as PortError {
            throw try await naming(error, holderOf: name)
        }
    }

    package func renameList(_ list: ListID, to name: String) async throws {
        let operation = "rename a list"
        try Self.check(name, operation)
        let path = "\(Self.lists)/\(PercentEncoding.encode(list.rawValue))"
        var document = try await caller.call(caller.read(operation, path)) { try Self.list(in: $0) }
        guard document.name != name else { return }
        document.name = name
        do {
            // The whole list: a PUT replaces (constant-contact.md §6).
            let request = caller.write(operation, .PUT, path) { document.write(to: &$0) }
            try await caller.call(request) { _ in }
        } catch let error as PortError {
            throw try await naming(error, holderOf: name)
        }
    }

    /// Adds to a conflict over a list's name the id of the list that has it; other errors stay as they are.
    ///
    /// A renaming to a name that is taken may be refused with 400 instead of 409 (constant-contact.md §6), so a refusal
    /// is a conflict when another list turns out to have the name.
    private func naming(_ error: PortError, holderOf name: String) async throws -> PortError {
        guard error.status == 409 || error.status == 400 else { return error }
        let query = [("name", name), ("limit", String(ConstantContactLimits.pageSize))]
        let found = try await all("look a list up by name", Self.lists, query, under: "lists") {
            try ListDocument.read(&$0)
        }
        let holder = found.first { !$0.isDeleted && $0.name == name } ?? found.first { !$0.isDeleted }
        guard error.status == 409 || holder != nil else { return error }
        var named = error
        named.code = .conflict(existing: holder?.id)
        return named
    }

    private static func check(_ name: String, _ operation: String) throws {
        let most = ConstantContactLimits.longestListName
        guard (1...most).contains(name.unicodeScalars.count) else {
            let detail = "a list's name has 1 to \(most) characters; this one has \(name.unicodeScalars.count)"
            throw PortError(.refused, operation: operation, detail: detail)
        }
    }

    private static func list(in answer: ServiceAnswer) throws -> ListDocument {
        guard let list = try answer.decode({ try ListDocument.read(&$0) }) else {
            throw JSONReader.Malformed(offset: 0)
        }
        return list
    }
}
