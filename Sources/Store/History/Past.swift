/// Something as it was at a moment past.
package struct Past<Value: Sendable>: Sendable {
    /// What told of it is as it was then; the rest, such as its version, is the present one's.
    package var value: Value
    /// Whether the moment lies before the history begins: it was so at the beginning, and before that only if nothing
    /// had changed.
    package var isFromBefore: Bool

    package init(_ value: Value, isFromBefore: Bool) {
        self.value = value
        self.isFromBefore = isFromBefore
    }
}
