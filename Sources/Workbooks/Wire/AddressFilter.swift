import Reconciliation

/// The filter that finds the records with certain addresses.
///
/// The operator `eq` takes a list with commas between, a comma itself written `\,` (workbooks.md §3.5). What a
/// backslash means there is documented nowhere, so an address with one is looked for by its pieces; that finds too
/// much rather than too little, and the caller keeps only the records that have the address.
package struct AddressFilter {
    /// The columns that hold addresses, by read name.
    package let columns: [String]

    package init(columns: [String]) {
        self.columns = columns
    }

    /// Rows that have one of the addresses in one of the columns, and perhaps others.
    ///
    /// - Returns: nil when nothing can be looked for.
    package func rows(having addresses: [Address]) -> Filter? {
        let plain = addresses.filter { !$0.text.contains("\\") }
        let awkward = addresses.filter { $0.text.contains("\\") }
        var choices: [Filter] = []
        if !plain.isEmpty {
            let list = plain.map { Self.escapingCommas($0.text) }.joined(separator: ",")
            choices += columns.map { .test($0, .equal, list) }
        }
        for address in awkward {
            choices += columns.compactMap { Self.pieces(of: address, in: $0) }
        }
        return choices.isEmpty ? nil : .any(choices)
    }

    private static func escapingCommas(_ text: String) -> String {
        text.split(separator: ",", omittingEmptySubsequences: false).joined(separator: "\\,")
    }

    private static func pieces(of address: Address, in column: String) -> Filter? {
        let pieces = address.text.split(separator: "\\")
        let tests = pieces.map { Filter.test(column, .contains, String($0)) }
        return tests.count > 1 ? .all(tests) : tests.first
    }
}
