/// What one side of a link says about one address: a row of that side's digest.
package struct ConvergenceRow: Sendable, Hashable {
    /// Whether mail may go to the address.
    package enum Consent: String, Sendable, Hashable, CaseIterable {
        case mailable
        case optedOut = "opted-out"
        /// Opted out, while a record with the address does not carry the flag: what the CRM's side says until it does.
        case optedOutWithoutFlag = "opted-out-without-flag"
    }

    package var address: Address
    package var consent: Consent
    /// Whether the address is on the link's list.
    package var isListed: Bool
    /// Whether it is on the account's list of everybody.
    package var isOnMaster: Bool
    package var firstName: String
    package var lastName: String
    /// The mapped fields, by the provider's name.
    package var fields: [String: String]

    package init(
        address: Address,
        consent: Consent,
        isListed: Bool,
        isOnMaster: Bool,
        firstName: String = "",
        lastName: String = "",
        fields: [String: String] = [:]
    ) {
        self.address = address
        self.consent = consent
        self.isListed = isListed
        self.isOnMaster = isOnMaster
        self.firstName = firstName
        self.lastName = lastName
        self.fields = fields
    }

    /// The row as bytes: two rows have the same bytes only if they are the same.
    ///
    /// Every text stands behind its length, so that no text can be taken for the end of another.
    package var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(128)
        Self.append("causeway row 1", to: &bytes)
        Self.append(address.text, to: &bytes)
        Self.append(consent.rawValue, to: &bytes)
        bytes.append(isListed ? 1 : 0)
        bytes.append(isOnMaster ? 1 : 0)
        Self.append(firstName, to: &bytes)
        Self.append(lastName, to: &bytes)
        for name in fields.keys.sorted() {
            Self.append(name, to: &bytes)
            Self.append(fields[name] ?? "", to: &bytes)
        }
        return bytes
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        let count = UInt32(text.utf8.count)
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes.append(contentsOf: text.utf8)
    }
}
