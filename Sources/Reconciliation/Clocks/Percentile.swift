/// Percentiles by the nearest rank: always a value that occurred, never one between two.
package enum Percentile {
    /// The smallest value that at least `percent` of the values do not exceed; nil of no values.
    ///
    /// - Parameters:
    ///   - percent: 1 to 100.
    ///   - values: in any order.
    package static func of<Value: Comparable>(_ percent: Int, among values: [Value]) -> Value? {
        precondition((1...100).contains(percent), "a percentile is 1 to 100")
        if values.isEmpty { return nil }
        let rank = (values.count * percent + 99) / 100
        return values.sorted()[rank - 1]
    }
}
