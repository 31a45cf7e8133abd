import Reconciliation

/// What stands for an address that was erased: its keyed hash, in a spelling that no mailbox has.
///
/// It takes the address's place in every table, so the opt-out goes on being carried out without the address.
extension Address {
    /// What stands for the address of a keyed hash.
    package init(erased hash: [UInt8]) {
        self.init(compared: Self.erasedPrefix + Hexadecimal.text(hash))
    }

    /// The keyed hash that this stands for; nil for an address that was not erased.
    package var erasedHash: [UInt8]? {
        guard text.utf8.count == Self.erasedPrefix.utf8.count + 64, text.hasPrefix(Self.erasedPrefix) else {
            return nil
        }
        return Hexadecimal.bytes(text.dropFirst(Self.erasedPrefix.count))
    }

    /// Whether this stands for an address that was erased.
    package var isErased: Bool { erasedHash != nil }

    static let erasedPrefix = "erased:"
}
