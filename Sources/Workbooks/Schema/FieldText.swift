/// The values of mapped attributes in a form that means the same everywhere.
package enum FieldText {
    /// Rewrites a value that the service writes in a form of its own (workbooks.md §4).
    ///
    /// Dates become `2009-05-22`, moments `2010-07-12T16:03:09Z`, amounts lose the flag behind the currency, and an
    /// empty amount becomes empty. Anything else, and what cannot be read, stays as it is.
    package static func normal(_ value: String, ofType dataType: String) -> String {
        switch dataType {
        case "date": WireDate.isoDate(from: value) ?? value
        case "datetime": WireDate.seconds(from: value).map(WireDate.isoMoment(seconds:)) ?? value
        case "currency":
            value.split(separator: " ").count == 3 ? amount(value) : (Int64(value.trimmingBlanks) == 0 ? "" : value)
        default: value
        }
    }

    private static func amount(_ value: String) -> String {
        value.split(separator: " ").prefix(2).joined(separator: " ")
    }
}
