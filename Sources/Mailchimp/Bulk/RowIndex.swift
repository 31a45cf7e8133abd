import Bridge
import Reconciliation

/// Finds the rows that an answer means by their addresses.
struct RowIndex {
    private var indices: [Address: [Int]] = [:]

    /// - Parameter rows: addresses as typed, each with the index of its row.
    init(_ rows: some Sequence<(index: Int, email: String)>) {
        for (index, email) in rows {
            if let address = Address(typed: email) { indices[address, default: []].append(index) }
        }
    }

    /// The rows of an address.
    func rows(of email: String) -> [Int] {
        Address(typed: email).flatMap { indices[$0] } ?? []
    }
}
