/// What of a record goes to a provider account: names and mapped attributes, cut to what the provider takes.
enum OutgoingValues {
    /// What is sent of the record.
    ///
    /// - Parameter clears: whether fields may be emptied.
    static func row(of record: CRMRecord, under rules: AccountRules, clears: Bool = true) -> OutgoingRow {
        var fields: [String: String] = [:]
        for mapping in rules.mappings {
            if let value = value(of: mapping, in: record, under: rules) { fields[mapping.field] = value }
        }
        if !clears { fields = fields.filter { !$0.value.isEmpty } }
        return OutgoingRow(
            record: record.id,
            email: AddressProblem.withoutBlanks(record.mainEmail),
            firstName: clipped(record.firstName, to: rules.longestName, under: rules),
            lastName: clipped(record.lastName, to: rules.longestName, under: rules),
            fields: fields,
            recordFields: rules.recordFields?.values(of: record.id) ?? [:]
        )
    }

    /// Whether the contact holds what would be sent; blank means unchanged.
    ///
    /// - Parameter clears: whether fields may be emptied.
    static func held(
        by contact: ProviderContact,
        of record: CRMRecord,
        under rules: AccountRules,
        clears: Bool = true
    ) -> Bool {
        guard isHeld(record.firstName, as: contact.firstName, under: rules),
            isHeld(record.lastName, as: contact.lastName, under: rules)
        else { return false }
        if let own = rules.recordFields, !own.isTold(of: record.id, by: contact.fields) { return false }
        if rules.mappings.isEmpty { return true }
        // Two rows may lead to one field; what counts is the last one that says something, as in `row(of:under:)`.
        for (index, mapping) in rules.mappings.enumerated() {
            guard let value = value(of: mapping, in: record, under: rules), contact.fields[mapping.field] ?? "" != value
            else { continue }
            if value.isEmpty, !clears { continue }
            let isOverruled = rules.mappings[(index + 1)...].contains { later in
                later.field == mapping.field && self.value(of: later, in: record, under: rules) != nil
            }
            if !isOverruled { return false }
        }
        return true
    }

    /// Whether sending the record would empty a field of the contact.
    static func empties(_ contact: ProviderContact, of record: CRMRecord, under rules: AccountRules) -> Bool {
        guard rules.mappings.contains(where: \.clears), !contact.fields.isEmpty else { return false }
        return row(of: record, under: rules).fields.contains { name, value in
            value.isEmpty && !(contact.fields[name] ?? "").isEmpty
        }
    }

    /// What one row of the attribute table sends: nil for nothing, an empty text to clear.
    private static func value(of mapping: FieldMapping, in record: CRMRecord, under rules: AccountRules) -> String? {
        if let only = mapping.only, only != record.id.kind { return nil }
        if let value = record.fields[mapping.attribute], !value.isEmpty {
            return clipped(value, to: rules.longestFieldValue, under: rules)
        }
        return mapping.clears ? "" : nil
    }

    /// What a held name counts as beside what is sent: the sent one where it is the same but for its length, nothing
    /// where none is sent.
    static func counted(_ held: String, sent: String, of name: String, under rules: AccountRules) -> String {
        if sent.isEmpty { return "" }
        return isHeld(name, as: held, under: rules) ? sent : held
    }

    private static func isHeld(_ name: String, as held: String, under rules: AccountRules) -> Bool {
        name.isEmpty || name == held || clipped(name, to: rules.longestName, under: rules) == held
    }

    /// The beginning of a text that the provider keeps, without half a character.
    private static func clipped(_ text: String, to limit: Int, under rules: AccountRules) -> String {
        if text.utf8.count <= limit { return text }
        guard rules.traits.measuresBytes else { return String(text.prefix(limit)) }
        var bytes = 0
        return String(
            text.prefix { character in
                bytes += character.utf8.count
                return bytes <= limit
            }
        )
    }
}
