import Crypto
import Foundation
import Reconciliation

/// Checks a bundle with nothing but the bundle.
package struct BundleVerification {
    /// What was found.
    package struct Report: Sendable, Hashable {
        package var address: String
        package var events: Int
        package var head: LedgerHead
        /// Pieces of evidence that are in the bundle and belong to its events.
        package var evidence: Int
        /// Events whose address was erased, so that the bundle cannot show whose they are.
        package var erased: Int
        package var seal: Seal
        /// The check value of the key that the bundle names.
        package var key: String
        /// Whether the bundle was held against an end of the ledger that was kept elsewhere.
        package var isOfKeptEnd: Bool

        /// Whether these are all events about the address: the seal alone shows it.
        ///
        /// Anybody could move one among the digests of other rows, over which the chain leads all the same.
        package var completeness: Completeness { seal == .holds ? .holds : .notChecked }
    }

    /// What was found of the installation's own seal.
    package enum Seal: String, Sendable {
        case holds
        /// The bundle names another key than the one at hand: another installation made it, or somebody who wrote
        /// another name there.
        case otherKey = "other key"
        /// No key is at hand.
        case notChecked = "not checked"
    }

    /// What was found of the completeness of a bundle.
    package enum Completeness: String, Sendable {
        case holds
        case notChecked = "not checked"
    }

    /// The bundle does not hold: why, as a sentence's end.
    package struct Failure: Error, Sendable, Hashable {
        package var row: Int64?
        package var reason: String
    }

    private let bundle: LedgerBundle
    private var content: LedgerBundle.Content { bundle.content }

    /// Checks the bytes of a bundle's file.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - kept: the hash of the ledger's end that was kept elsewhere; the bundle has to lead to it.
    ///   - sealer: the key, where there is one; it checks the seal, unless the bundle names another key.
    /// - Throws: `Failure`.
    package static func run(_ bytes: [UInt8], kept: [UInt8]? = nil, sealer: Sealer? = nil) throws -> Report {
        let bundle: LedgerBundle
        do { bundle = try JSONDecoder().decode(LedgerBundle.self, from: Data(bytes)) } catch {
            throw Failure(reason: "it cannot be read as a bundle")
        }
        guard bundle.format == LedgerBundle.format else {
            throw Failure(reason: "its format is “\(bundle.format)”, which this version does not know")
        }
        guard try LedgerBundle.canonical(bundle) + Array("\n".utf8) == bytes else {
            throw Failure(reason: "it is not as it was written: something was added, removed or spelt otherwise")
        }
        return try BundleVerification(bundle: bundle).check(kept: kept, sealer: sealer)
    }

    private func check(kept: [UInt8]?, sealer: Sealer?) throws -> Report {
        let digest = try LedgerBundle.digest(of: content)
        guard Hexadecimal.text(digest) == bundle.digest else {
            throw Failure(reason: "its content was changed: it does not have its digest")
        }
        guard bundle.checksum == bundle.expectedChecksum else { throw Failure(reason: "its seal was changed") }
        let seal = try sealer.map { try checkSeal(of: digest, under: $0) } ?? .notChecked
        let head = try checkChain(kept: kept)
        try checkEvidence()
        return Report(
            address: content.address,
            events: content.events.count,
            head: head,
            evidence: content.evidence.count { $0.body != nil },
            erased: content.events.count { $0.person == nil || Address(compared: $0.person?.address ?? "").isErased },
            seal: seal,
            key: bundle.key,
            isOfKeptEnd: kept != nil
        )
    }

    /// Checks the seal, where the key at hand is the one that the bundle names.
    ///
    /// Anybody can write another key's name into a bundle, so that is no reason to pass over the seal: where the rows were
    /// hashed under the key at hand, the seal has to be of it, too.
    private func checkSeal(of digest: [UInt8], under sealer: Sealer) throws -> Seal {
        let keys = sealer.ledgerKeys
        guard sealer.checkValue == bundle.key else {
            let ours = Hexadecimal.text(keys.addressHash(Address(compared: content.address)))
            guard content.addressHash != ours else {
                throw Failure(reason: "it is of this installation's ledger, and names another key for its seal")
            }
            return .otherKey
        }
        guard Hexadecimal.text(keys.seal(bundle: digest)) == bundle.seal else {
            throw Failure(reason: "it was not sealed by this installation")
        }
        return .holds
    }

    /// Works the hashes out again from the first event's to the end.
    private func checkChain(kept: [UInt8]?) throws -> LedgerHead {
        guard let end = Hexadecimal.bytes(content.head.hash), end.count == 32,
            let others = Data(base64Encoded: content.otherRows), others.count % 32 == 0,
            let addressHash = Hexadecimal.bytes(content.addressHash)
        else { throw Failure(reason: "its chain cannot be read") }
        let head = LedgerHead(sequence: content.head.sequence, hash: end)
        guard let first = content.events.first, var hash = Hexadecimal.bytes(first.previousHash) else {
            if let kept, kept != end { throw Self.otherEnd }
            return head
        }
        guard content.head.sequence - first.sequence + 1 == Int64(content.events.count + others.count / 32) else {
            throw Failure(reason: "its chain has not as many rows as it leads over")
        }
        var seesKept = kept == nil
        var events = content.events[...]
        var rest = Array(others)[...]
        for sequence in first.sequence...max(first.sequence, content.head.sequence) {
            let digest: [UInt8]
            if let event = events.first, event.sequence == sequence {
                digest = try self.digest(of: event, addressHash: addressHash)
                guard Hexadecimal.bytes(event.previousHash) == hash else {
                    throw Failure(row: sequence, reason: "it does not follow the row before it")
                }
                hash = LedgerEncoding.hash(previous: hash, digest: digest)
                guard Hexadecimal.bytes(event.hash) == hash else {
                    throw Failure(row: sequence, reason: "it was changed: it does not have its hash")
                }
                events.removeFirst()
            } else {
                digest = Array(rest.prefix(32))
                guard digest.count == 32 else { throw Failure(row: sequence, reason: "it is missing") }
                rest.removeFirst(32)
                hash = LedgerEncoding.hash(previous: hash, digest: digest)
            }
            if hash == kept { seesKept = true }
        }
        guard events.isEmpty, rest.isEmpty, hash == end else {
            throw Failure(reason: "its chain does not lead to the end that it names")
        }
        guard seesKept else { throw Self.otherEnd }
        return head
    }

    private static var otherEnd: Failure {
        Failure(
            reason: "its chain does not lead over the end that was kept: it is of another ledger, or of another time"
        )
    }

    private func digest(of event: LedgerBundle.Event, addressHash: [UInt8]) throws -> [UInt8] {
        guard let disclosure = Hexadecimal.bytes(event.disclosure) else {
            throw Failure(row: event.sequence, reason: "its commitment cannot be read")
        }
        if let person = event.person {
            let stated = LedgerEncoding.disclosure(
                salt: Hexadecimal.bytes(person.salt) ?? [],
                address: person.address,
                reason: person.reason,
                reference: person.reference
            )
            let isAbout =
                person.address == content.address || Address(compared: person.address).erasedHash == addressHash
            guard stated == disclosure, isAbout else {
                throw Failure(row: event.sequence, reason: "it is not about this address")
            }
        }
        return LedgerEncoding.digest(
            of: LedgerEntry(
                sequence: event.sequence,
                addressHash: addressHash,
                disclosure: disclosure,
                kind: event.kind,
                author: event.by,
                source: event.source,
                isComplaint: event.complaint ? 1 : 0,
                position: event.position,
                occurredAt: event.occurredAt,
                receivedAt: event.receivedAt,
                through: event.through,
                rule: event.rule,
                evidenceDigest: event.evidence
            )
        )
    }

    /// Each event has its evidence in the bundle, and what is there has the digest that the event names.
    private func checkEvidence() throws {
        for event in content.events {
            guard let evidence = content.evidence.first(where: { $0.digest == event.evidence }) else {
                throw Failure(row: event.sequence, reason: "its evidence is missing")
            }
            guard let body = evidence.body else {
                guard KeptEvidence.Absence(rawValue: evidence.absent ?? "") != nil else {
                    throw Failure(row: event.sequence, reason: "its evidence was removed")
                }
                continue
            }
            guard let bytes = Data(base64Encoded: body), let nonce = evidence.nonce.flatMap({ Hexadecimal.bytes($0) }),
                Hexadecimal.text(LedgerEncoding.evidenceDigest(nonce: nonce, body: Array(bytes))) == evidence.digest
            else { throw Failure(row: event.sequence, reason: "its evidence was changed") }
        }
    }
}

extension LedgerBundle {
    /// The digest of a bundle's content.
    static func digest(of content: Content) throws -> [UInt8] {
        Array(SHA256.hash(data: try canonical(content)))
    }

    /// The checksum that the bundle has to have.
    var expectedChecksum: String {
        var encoder = CanonicalEncoder()
        encoder.append(digest)
        encoder.append(key)
        encoder.append(seal)
        return Hexadecimal.text(SHA256.hash(data: encoder.bytes))
    }

    /// A value as JSON with sorted keys and without blanks, which is the only spelling that counts.
    static func canonical(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
