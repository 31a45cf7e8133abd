/// How a provider treats consent and membership, as far as the rules depend on it.
///
/// The core knows no provider's name: what differs between providers is told here, as data.
package struct ProviderTraits: Sendable, Hashable {
    /// Whether the provider takes nobody back but the person after an opt-out of the person's own, so that a return
    /// after one proves itself (rule C7).
    package var onlyThePersonReturns: Bool
    /// Whether a person can leave a single list; where nobody can, a membership that is missing was taken away by hand,
    /// and is put back (design §4).
    package var peopleCanLeaveLists: Bool
    /// Whether the provider measures texts in bytes of UTF-8 rather than in characters.
    package var measuresBytes: Bool
    /// The fields that say which CRM record a contact stands for; nil where the provider's client keeps none.
    package var recordFields: RecordFields?

    package init(
        onlyThePersonReturns: Bool = false,
        peopleCanLeaveLists: Bool = true,
        measuresBytes: Bool = false,
        recordFields: RecordFields? = nil
    ) {
        self.onlyThePersonReturns = onlyThePersonReturns
        self.peopleCanLeaveLists = peopleCanLeaveLists
        self.measuresBytes = measuresBytes
        self.recordFields = recordFields
    }
}
