/// The end of the ledger's chain: kept elsewhere, it shows later whether rows were cut off or rewritten.
package struct LedgerHead: Hashable, Sendable {
    /// The last row; zero for an empty ledger.
    package var sequence: Int64
    /// The last row's hash, 32 bytes.
    package var hash: [UInt8]

    package init(sequence: Int64, hash: [UInt8]) {
        self.sequence = sequence
        self.hash = hash
    }

    /// The hash in hexadecimal digits.
    package var text: String { Hexadecimal.text(hash) }

    /// The end of a ledger without rows.
    package static var empty: LedgerHead { LedgerHead(sequence: 0, hash: LedgerEncoding.genesis) }
}
