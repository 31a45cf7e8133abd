/// One row of an account's attribute table: a CRM attribute and the provider field that follows it (design §4).
package struct FieldMapping: Hashable, Sendable, Codable {
    /// The CRM's read name of the attribute.
    package var attribute: String
    /// The provider's name of the field.
    package var field: String
    /// Set when the attribute exists on one kind of record only.
    package var only: RecordKind?
    /// Whether a blank value clears the field; otherwise blank means unchanged.
    package var clears: Bool

    package init(attribute: String, field: String, only: RecordKind? = nil, clears: Bool = false) {
        self.attribute = attribute
        self.field = field
        self.only = only
        self.clears = clears
    }
}
