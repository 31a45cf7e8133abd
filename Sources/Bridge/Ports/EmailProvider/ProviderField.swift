/// A field of one's own on contacts.
package struct ProviderField: Sendable, Hashable {
    package var id: String
    /// The name by which values are sent.
    package var name: String
    package var label: String
    /// The type, in the provider's word, such as `string`, `date` or `number`.
    package var dataType: String
    package var maximumLength: Int?

    package init(id: String, name: String, label: String, dataType: String, maximumLength: Int?) {
        self.id = id
        self.name = name
        self.label = label
        self.dataType = dataType
        self.maximumLength = maximumLength
    }
}
