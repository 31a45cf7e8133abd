import Crypto
import Reconciliation

/// What of the key file the ledger uses: for addresses that are not to be found, and for seals nobody else can make.
///
/// Each use has a key of its own. None of them ever leaves the process.
package struct LedgerKeys: Sendable {
    private let saltKey: SymmetricKey
    private let nonceKey: SymmetricKey
    private let sealKey: SymmetricKey
    private let hashAddress: @Sendable (Address) -> [UInt8]

    init(
        saltKey: SymmetricKey,
        nonceKey: SymmetricKey,
        sealKey: SymmetricKey,
        hashAddress: @escaping @Sendable (Address) -> [UInt8]
    ) {
        self.saltKey = saltKey
        self.nonceKey = nonceKey
        self.sealKey = sealKey
        self.hashAddress = hashAddress
    }

    /// The keyed hash of an address; of what stands for an erased one, the hash that it stands for.
    package func addressHash(_ address: Address) -> [UInt8] {
        address.erasedHash ?? hashAddress(address)
    }

    /// The salt of a row's commitment: another one for every row, and made again when it is needed.
    func salt(sequence: Int64, previous: [UInt8], addressHash: [UInt8]) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append(sequence)
        encoder.append(previous)
        encoder.append(addressHash)
        return code(encoder, saltKey)
    }

    /// The nonce of a piece of evidence: the same for the same body, so that it is kept once.
    func nonce(of body: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: body, using: nonceKey))
    }

    /// The seal of the chain's end.
    func seal(_ head: LedgerHead) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append("head")
        encoder.append(head.sequence)
        encoder.append(head.hash)
        return code(encoder, sealKey)
    }

    /// The seal that a piece of evidence is rightly absent.
    func seal(absenceOf digest: String, because reason: KeptEvidence.Absence) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append("absent")
        encoder.append(digest)
        encoder.append(reason.rawValue)
        return code(encoder, sealKey)
    }

    /// The seal of an exported bundle.
    func seal(bundle digest: [UInt8]) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append("bundle")
        encoder.append(digest)
        return code(encoder, sealKey)
    }

    private func code(_ encoder: CanonicalEncoder, _ key: SymmetricKey) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: encoder.bytes, using: key))
    }
}
