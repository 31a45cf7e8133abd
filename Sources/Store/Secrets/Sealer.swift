import Crypto
import Foundation
import Reconciliation

/// Seals secrets and hashes addresses under the key of a `KeyFile`.
///
/// Each use has a key of its own, derived by HKDF (RFC 5869), so that none says anything about another.
package struct Sealer: Sendable {
    private let sealingKey: SymmetricKey
    private let hashingKey: SymmetricKey
    private let checkKey: SymmetricKey
    private let saltKey: SymmetricKey
    private let nonceKey: SymmetricKey
    private let sealKey: SymmetricKey
    private let documentKey: SymmetricKey

    package init(key: SymmetricKey) {
        sealingKey = Self.derive("causeway/seal/1", from: key)
        hashingKey = Self.derive("causeway/address/1", from: key)
        checkKey = Self.derive("causeway/check/1", from: key)
        documentKey = Self.derive("causeway/document/1", from: key)
        saltKey = Self.derive("causeway/ledger-salt/1", from: key)
        nonceKey = Self.derive("causeway/ledger-nonce/1", from: key)
        sealKey = Self.derive("causeway/ledger-seal/1", from: key)
    }

    /// What the ledger's chain uses of the key.
    package var ledgerKeys: LedgerKeys {
        LedgerKeys(saltKey: saltKey, nonceKey: nonceKey, sealKey: sealKey) { keyedHash($0) }
    }

    /// Seals bytes with AES-GCM so that only the same account and name open them again.
    ///
    /// - Returns: nonce, ciphertext and tag.
    package func seal(_ secret: [UInt8], account: AccountID, name: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(
            secret,
            using: sealingKey,
            authenticating: Self.context(account: account, name: name)
        )
        return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    /// Opens what `seal` made for the same account and name.
    ///
    /// - Throws: `KeyError.cannotUnseal` when anything differs.
    package func open(_ sealed: [UInt8], account: AccountID, name: String) throws -> [UInt8] {
        do {
            let box = try AES.GCM.SealedBox(combined: sealed)
            let context = Self.context(account: account, name: name)
            return try Array(AES.GCM.open(box, using: sealingKey, authenticating: context))
        } catch {
            throw KeyError.cannotUnseal(account: account.rawValue, name: name)
        }
    }

    /// Seals a text.
    package func seal(_ secret: String, account: AccountID, name: String) throws -> [UInt8] {
        try seal(Array(secret.utf8), account: account, name: name)
    }

    /// Opens a sealed text.
    ///
    /// - Throws: `KeyError.cannotUnseal`.
    package func openText(_ sealed: [UInt8], account: AccountID, name: String) throws -> String {
        let bytes: [UInt8] = try open(sealed, account: account, name: name)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw KeyError.cannotUnseal(account: account.rawValue, name: name)
        }
        return text
    }

    /// What stands for an address where the address itself must not: its HMAC-SHA256, 32 bytes.
    ///
    /// The same for every spelling of the address, and of no use without the key (design §3, *Erasure*).
    package func keyedHash(_ address: Address) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(address.text.utf8), using: hashingKey))
    }

    /// What shows that a document was made here and not edited since: its HMAC-SHA256, in hexadecimal.
    ///
    /// - Parameter use: the kind of document; a document of one kind is none of another.
    package func keyedDigest(of bytes: [UInt8], use: String) -> String {
        var code = HMAC<SHA256>(key: documentKey)
        code.update(data: Array("\(use.utf8.count):\(use):".utf8))
        code.update(data: bytes)
        return code.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// A text that tells one key from another without saying anything about either.
    package var checkValue: String {
        HMAC<SHA256>.authenticationCode(for: Array("causeway".utf8), using: checkKey)
            .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
            .joined()
    }

    /// The associated data; the length keeps ("a", "bc") and ("ab", "c") apart.
    private static func context(account: AccountID, name: String) -> [UInt8] {
        Array("\(account.rawValue.utf8.count):\(account.rawValue):\(name)".utf8)
    }

    private static func derive(_ use: String, from key: SymmetricKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array(use.utf8), outputByteCount: 32)
    }
}
