/// SQL text with the values bound into it kept apart.
///
/// Written as a string literal; every interpolated value becomes a bound parameter, never text:
///
/// ```swift
/// let query: SQL = "SELECT id FROM contact WHERE account = \(account) AND id IN \(list: ids)"
/// ```
///
/// The text without its values is what a connection caches prepared statements by, so a query in a loop is
/// prepared once.
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// The text, with a `?` for every value.
    package private(set) var text: String
    /// The values, in the order of their `?`.
    package private(set) var arguments: [SQLValue]

    package init(stringLiteral text: String) {
        self.text = text
        self.arguments = []
    }

    package init(stringInterpolation: StringInterpolation) {
        self.text = stringInterpolation.text
        self.arguments = stringInterpolation.arguments
    }

    /// Collects the text and the values of one literal.
    package struct StringInterpolation: StringInterpolationProtocol, Sendable {
        fileprivate var text = ""
        fileprivate var arguments: [SQLValue] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
            arguments.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) {
            text.append(literal)
        }

        /// Binds one value.
        package mutating func appendInterpolation(_ value: some SQLBindable) {
            text.append("?")
            arguments.append(value.sqlValue)
        }

        /// Binds one value; nil is bound as NULL.
        package mutating func appendInterpolation<Value: SQLBindable>(_ value: Value?) {
            text.append("?")
            arguments.append(value.sqlValue)
        }

        /// Puts another piece of SQL in, values and all.
        package mutating func appendInterpolation(_ sql: SQL) {
            text.append(sql.text)
            arguments.append(contentsOf: sql.arguments)
        }

        /// Binds the values of a list for `IN`, parentheses included; an empty list matches nothing.
        ///
        /// The list is filled up with its last value to a power of two, so that lists of every length share a few
        /// prepared statements. SQLite takes at most 32,766 values in one statement: chunk longer lists.
        package mutating func appendInterpolation(list values: some Collection<some SQLBindable>) {
            guard !values.isEmpty else {
                text.append("(SELECT NULL WHERE FALSE)")
                return
            }
            var bound = values.map(\.sqlValue)
            var width = 1
            while width < bound.count { width *= 2 }
            if width <= SQL.longestPaddedList, let last = bound.last {
                bound.append(contentsOf: repeatElement(last, count: width - bound.count))
                text.append(SQL.paddedLists[width.trailingZeroBitCount])
            } else {
                text.append(SQL.list(of: bound.count))
            }
            arguments.append(contentsOf: bound)
        }

        /// Puts trusted text in as it is: a name of a table or column from this code, never anything from outside.
        package mutating func appendInterpolation(raw trusted: String) {
            text.append(trusted)
        }
    }

    /// Lists longer than this go unpadded, so that padding never crosses SQLite's limit of parameters.
    private static let longestPaddedList = 16_384

    /// The texts of padded lists, by the exponents of their widths: most queries have one.
    private static let paddedLists = (0...longestPaddedList.trailingZeroBitCount).map { list(of: 1 << $0) }

    private static func list(of width: Int) -> String {
        "(?" + String(repeating: ",?", count: width - 1) + ")"
    }
}
