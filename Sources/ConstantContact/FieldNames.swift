import Bridge

/// The account's own fields by id and by name, loaded when a contact first shows one that is not known.
///
/// Contacts carry the ids of fields, imports and the engine their names (constant-contact.md §6.3, E18).
actor FieldNames {
    private var names: [String: String] = [:]
    /// Ids that the account did not know when it was last asked: fields that were deleted while a contact was read.
    private var strangers: Set<String> = []

    /// Names by id for all of the ids that the account knows.
    ///
    /// - Parameter load: reads the account's fields; called at most once.
    func names(
        covering ids: Set<String>,
        load: @Sendable () async throws -> [ProviderField]
    ) async throws -> [String: String] {
        if ids.contains(where: { names[$0] == nil && !strangers.contains($0) }) {
            note(try await load())
            strangers.formUnion(ids.filter { names[$0] == nil })
        }
        return names
    }

    /// The ids of fields by name.
    ///
    /// - Returns: only those that exist.
    func ids(
        named wanted: Set<String>,
        load: @Sendable () async throws -> [ProviderField]
    ) async throws -> [String: String] {
        if !wanted.isSubset(of: names.values) { note(try await load()) }
        var ids: [String: String] = [:]
        for (id, name) in names where wanted.contains(name) { ids[name] = id }
        return ids
    }

    /// Remembers fields that were read or created; what is known of others stays.
    func note(_ fields: [ProviderField]) {
        for field in fields {
            names[field.id] = field.name
            strangers.remove(field.id)
        }
    }
}
