import Reconciliation

/// The merge fields of an audience, loaded when they are first needed and again when one is missing.
///
/// Owners rename and delete even the usual ones, and the service drops values of tags that it does not know without a
/// word (mailchimp.md §7), so nothing is sent before its definition was seen.
actor MergeFields {
    /// The usual tags of a person's names.
    static let firstName = "FNAME"
    static let lastName = "LNAME"
    /// Causeway's own: the kind and the id of the CRM record that a contact stands for.
    static let record = RecordFields(kind: "WBTYPE", id: "WBID")

    private var known: [String: MergeFieldDocument]?

    /// The definitions by tag.
    ///
    /// - Parameters:
    ///   - wanted: tags that should be among them.
    ///   - load: reads the audience's definitions; called once at most.
    func definitions(
        covering wanted: Set<String>,
        load: @Sendable () async throws -> [MergeFieldDocument]
    ) async throws -> [String: MergeFieldDocument] {
        if let known, wanted.allSatisfy({ known[$0] != nil }) { return known }
        return note(try await load())
    }

    /// Takes over what was read.
    @discardableResult
    func note(_ documents: [MergeFieldDocument]) -> [String: MergeFieldDocument] {
        var found: [String: MergeFieldDocument] = [:]
        for document in documents { found[document.tag] = document }
        known = found
        return found
    }

    /// Takes over a field that was created.
    func note(created document: MergeFieldDocument) {
        known?[document.tag] = document
    }
}
