/// Which rows a request is about (workbooks.md §3.5).
///
/// A tree is sent as the three parallel arrays of its tests, and as an expression over their numbers that joins them:
///
///     .all([.test("updated_at", .atLeast, "1756200000"), .deletedOrNot])
///     // _fm=1 AND (2 OR 3)  _ff[]=updated_at _ft[]=ge _fc[]=1756200000 …
package indirect enum Filter: Sendable, Hashable {
    case test(_ field: String, _ comparison: Comparison, _ criterion: String)
    case all([Filter])
    case any([Filter])

    /// The service's operators, as far as the bridge needs them.
    package enum Comparison: String, Sendable {
        case equal = "eq"
        case greater = "gt"
        case atLeast = "ge"
        case begins = "bg"
        case contains = "ct"
        case isTrue = "true"
        case isFalse = "false"
    }

    /// Rows whether they are deleted or not: naming `is_deleted` at all makes deleted rows visible (workbooks.md §3.7).
    package static let deletedOrNot = Filter.any([
        .test("is_deleted", .isTrue, "true"), .test("is_deleted", .isFalse, "true"),
    ])

    /// The rows with one of the ids; the operator takes a list (workbooks.md §3.5).
    package static func ids(_ ids: [Int64]) -> Filter {
        .test("id", .equal, ids.map(String.init).joined(separator: ","))
    }

    /// Adds the parameters of this filter to a body.
    package func add(to body: inout FormBody) {
        var tests: [(field: String, comparison: Comparison, criterion: String)] = []
        let expression = number(&tests)
        switch self {
        case .test: break
        case .all(let parts) where parts.allSatisfy(\.isTest): body.add("_fm", "and")
        case .any(let parts) where parts.allSatisfy(\.isTest): body.add("_fm", "or")
        case .all, .any: body.add("_fm", expression)
        }
        for test in tests {
            body.add("_ff[]", test.field)
            body.add("_ft[]", test.comparison.rawValue)
            body.add("_fc[]", test.criterion)
        }
    }

    private var isTest: Bool {
        if case .test = self { true } else { false }
    }

    /// Numbers the tests from 1 in the order of the tree, and gives the expression over the numbers.
    private func number(_ tests: inout [(field: String, comparison: Comparison, criterion: String)]) -> String {
        switch self {
        case .test(let field, let comparison, let criterion):
            tests.append((field, comparison, criterion))
            return String(tests.count)
        case .all(let parts):
            return parts.map { $0.nested(&tests) }.joined(separator: " AND ")
        case .any(let parts):
            return parts.map { $0.nested(&tests) }.joined(separator: " OR ")
        }
    }

    private func nested(_ tests: inout [(field: String, comparison: Comparison, criterion: String)]) -> String {
        let expression = number(&tests)
        return isTest ? expression : "(\(expression))"
    }
}
