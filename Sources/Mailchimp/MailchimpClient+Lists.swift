import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

/// Lists are tags, addressed by the numbers of their segments; names are for people (mailchimp.md §1, §7).
extension MailchimpClient {
    package func lists() async throws -> [ProviderList] {
        try await segments("read lists", [("type", "static")]).map(\.list)
    }

    /// Creates a tag; the description has no place there.
    package func createList(named name: String, description: String) async throws -> ProviderList {
        let operation = "create a list"
        try Self.check(name, operation)
        // Whether the service refuses a second tag of one name is not documented, so it is looked for first.
        if let holder = try await holder(of: name) { throw Self.taken(holder, operation) }
        let request = caller.write(operation, .POST, path("/segments")) { writer in
            writer.object { writer in
                writer.key("name")
                writer.string(name)
                writer.key("static_segment")
                writer.array { _ in }
            }
        }
        do {
            return try await inAudience(operation) {
                try await caller.call(request) { answer in
                    guard let segment = try answer.decode({ try SegmentDocument.read(&$0) }) else {
                        throw JSONReader.Malformed(offset: 0)
                    }
                    return segment.list
                }
            }
        } catch let error as PortError where error.code == .refused {
            guard let holder = try await holder(of: name) else { throw error }
            throw Self.taken(holder, operation)
        }
    }

    /// Renames a tag, and nothing else: a list of members in the same call would replace its members.
    package func renameList(_ list: ListID, to name: String) async throws {
        let operation = "rename a list"
        try Self.check(name, operation)
        let request = caller.write(operation, .PATCH, path(of: list)) { writer in
            writer.object { writer in
                writer.key("name")
                writer.string(name)
            }
        }
        do {
            try await caller.call(request) { _ in }
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
            throw error
        } catch let error as PortError where error.code == .refused {
            guard let holder = try await holder(of: name), holder.list.id != list else { throw error }
            throw Self.taken(holder, operation)
        }
    }

    /// The path of a list, or of something below it.
    func path(of list: ListID, _ suffix: String = "") -> String {
        path("/segments/\(PercentEncoding.encode(list.rawValue))\(suffix)")
    }

    private func segments(_ operation: String, _ query: [(String, String)]) async throws -> [SegmentDocument] {
        try await inAudience(operation) {
            try await all(operation, path("/segments"), query + [("fields", SegmentDocument.fields)], under: "segments")
            {
                try SegmentDocument.read(&$0)
            }
        }
    }

    /// The segment that has a name: a tag before one of any other kind.
    private func holder(of name: String) async throws -> SegmentDocument? {
        let found = try await segments("look a list up by name", []).filter { $0.isNamed(name) }
        return found.first(where: \.isTag) ?? found.first
    }

    private static func taken(_ holder: SegmentDocument, _ operation: String) -> PortError {
        let detail =
            holder.isTag
            ? "the audience has a tag of this name" : "the audience has a segment of this name, which is not a tag"
        let existing = holder.isTag ? holder.list.id.rawValue : nil
        return PortError(.conflict(existing: existing), operation: operation, detail: detail)
    }

    private static func check(_ name: String, _ operation: String) throws {
        let most = MailchimpLimits.listNameLength
        guard (1...most).contains(name.unicodeScalars.count) else {
            let detail = "a tag's name has 1 to \(most) characters; this one has \(name.unicodeScalars.count)"
            throw PortError(.refused, operation: operation, detail: detail)
        }
    }
}
