extension Array {
    /// The array in pieces of at most `size` elements, in order.
    package func chunks(of size: Int) -> [ArraySlice<Element>] {
        guard !isEmpty else { return [] }
        return stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
