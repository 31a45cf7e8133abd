import Reconciliation
import Store

/// The change of a contact's address to its record's new main one.
struct AddressChange: Sendable, Hashable {
    var contact: ContactID
    var old: Address
    /// The new address as typed.
    var email: String

    var new: Address { Address(typed: email) ?? Address(compared: email) }

    /// The rows of its intent: the new address with what is written, and the old one, which is kept from every other
    /// write meanwhile and shows nothing afterwards.
    func rows(account: AccountID) throws -> [IntentRow] {
        let subject = IntentSubject.contact(contact, account: account)
        return [
            IntentRow(
                address: new.text,
                subject: subject,
                payload: try IntentPayload.encode(Written(email: email))
            ),
            IntentRow(address: old.text, subject: subject, payload: Self.givenUp),
        ]
    }

    /// The place of the old address among the rows.
    static let oldRow: Int64 = 1
    /// The payload of the row of the old address.
    static let givenUp = "{}"

    /// The payload of the row of the new address.
    struct Written: Sendable, Hashable, Codable {
        var email: String
    }
}
