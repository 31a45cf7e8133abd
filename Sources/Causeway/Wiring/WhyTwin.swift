import Reconciliation
import Store

/// Another address that is one with the one that is told of: a contact's address was changed at a provider, and nobody
/// has decided on that yet (C11).
struct WhyTwin: Sendable, Encodable {
    var address: String
    var account: String
    var contact: String
    /// Whether the other one is the contact's new address; otherwise it is the old one.
    var isNew: Bool
    /// When the change was read.
    var since: String
    /// The hold by which it is decided; `null` where no record has the old address.
    var hold: Int64?

    /// The addresses that are one with an address; at a moment past, those that were.
    static func all(
        of address: Address,
        at moment: Timestamp? = nil,
        in connection: any SQLConnection
    ) throws -> [WhyTwin] {
        try MovedContacts.undecided(of: [address], at: moment, in: connection).map { move in
            WhyTwin(
                address: move.twin(of: address).text,
                account: move.account.rawValue,
                contact: move.contact.rawValue,
                isNew: move.old == address,
                since: move.at.text,
                hold: try moment.map { try Holds.row(of: move.cause, at: $0, in: connection)?.row.hold }
                    ?? Holds.row(of: move.cause, in: connection)?.hold
            )
        }
    }

    /// What it means, in words for people.
    var words: String {
        "\(address): \(account) has the contact under its \(isNew ? "new" : "old") address since \(since); "
            + "an opt-out of either is an opt-out of both until \(hold.map { "hold \($0)" } ?? "the change") is decided"
    }

    private enum CodingKeys: String, CodingKey {
        case address, account, contact, isNew, since, hold
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(address, forKey: .address)
        try container.encode(account, forKey: .account)
        try container.encode(contact, forKey: .contact)
        try container.encode(isNew, forKey: .isNew)
        try container.encode(since, forKey: .since)
        try container.encode(hold, forKey: .hold)
    }
}
