/// What the ledger has about one person, with everything that is needed to check it without the database and the key.
///
/// What it proves and what it does not is said in the article *The ledger as a proof*.
package struct LedgerBundle: Codable, Sendable, Hashable {
    /// The format, so that others can tell versions apart.
    package static let format = "causeway.ledger.bundle/1"

    package var format = LedgerBundle.format
    package var content: Content
    /// SHA-256 over the content as canonical JSON, in hexadecimal: any change shows.
    package var digest: String
    /// The check value of the key that sealed it, which tells one key from another and nothing about either.
    package var key: String
    /// The seal over the digest: only this installation makes it, and only it can check it.
    package var seal: String
    /// SHA-256 over digest, key and seal, in hexadecimal, so that a change of these shows without the key as well.
    package var checksum = ""

    /// What the bundle says.
    package struct Content: Codable, Sendable, Hashable {
        package var exportedAt: Int64
        package var address: String
        /// What stands for the address in the ledger, in hexadecimal.
        package var addressHash: String
        /// The end of the ledger when the bundle was made; it is covered from the first event on.
        package var head: Head
        package var events: [Event]
        package var evidence: [Evidence]
        /// The digests of the rows between and after the person's, in the order of the chain: 32 bytes each, base64.
        package var otherRows: String
        package var writes: [Write]
        package var elapsed: [Elapsed]
    }

    /// The chain's end.
    package struct Head: Codable, Sendable, Hashable {
        package var sequence: Int64
        package var hash: String
    }

    /// A row of the ledger about the address; moments in milliseconds since 1970.
    package struct Event: Codable, Sendable, Hashable {
        package var sequence: Int64
        package var kind: String
        package var by: String
        package var source: String
        package var complaint: Bool
        package var position: Int64?
        package var occurredAt: Int64?
        package var receivedAt: Int64
        package var through: String
        package var rule: String
        package var evidence: String
        /// The commitment to address, reason and reference, in hexadecimal.
        package var disclosure: String
        /// What opens the commitment; nil for a row whose address was erased.
        package var person: Person?
        package var previousHash: String
        package var hash: String
    }

    /// What a row's commitment commits it to.
    package struct Person: Codable, Sendable, Hashable {
        package var salt: String
        package var address: String
        package var reason: String?
        package var reference: String
    }

    /// A piece of evidence.
    package struct Evidence: Codable, Sendable, Hashable {
        package var digest: String
        package var nonce: String?
        /// The delivery as it came or the row as it was read, in base64.
        package var body: String?
        /// Why there is no body: `erased` or `never kept`.
        package var absent: String?
    }

    /// What was written to either side for the address, from the history of writes.
    package struct Write: Codable, Sendable, Hashable {
        package var account: String
        package var kind: String
        package var subject: String
        package var state: String
        package var decidedAt: Int64
        package var endedAt: Int64?
        /// What was written, as it was stored before the call.
        package var written: String
        /// What the service answered: the lock version of a record, the state of a contact.
        package var answer: String?
        /// The provider's id of a bulk change.
        package var activity: String?
        package var result: String?
    }

    /// How long an opt-out took.
    package struct Elapsed: Codable, Sendable, Hashable {
        package var sequence: Int64
        package var receivedAt: Int64
        package var flaggedAt: Int64?
        package var offListsAt: Int64?
        package var millisecondsToFlag: Int64?
        package var millisecondsToOffLists: Int64?
    }
}
