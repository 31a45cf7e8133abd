import Foundation
import Reconciliation

/// The kinds of write that are stored as intents.
enum IntentKind: String, Sendable {
    /// The opt-out flag or the undeliverable mark; one row for each record, its payload a `CRMWrite`.
    case crmWrite = "crm-write"
    /// A member's status; one row for each member, its payload a `StatusWrite`.
    case memberStatus = "member-status"
    case upsert
    case remove
    /// One contact; its row's payload is the `OwnUnsubscribe` that would take it back.
    case unsubscribe
    case resubscribe
    /// The payload is the list's name.
    case createList = "create-list"
}

/// How subjects of intents and parked rows are spelt.
enum IntentSubject {
    static func contact(_ contact: ContactID, account: AccountID) -> String { "contact \(account) \(contact)" }
    static func record(_ id: RecordID) -> String { id.description }
    static func member(_ id: MemberID) -> String { "member \(id)" }
}

/// A write of a member's status, with what it means for the member's row.
struct StatusWrite: Codable, Sendable, Hashable {
    var member: MemberID
    var statusID: Int64
    var lockVersion: Int64
    /// What the member's own status becomes; nil when a status of Causeway's is taken back.
    var ownStatus: OwnStatus?
    var cause: StatusCause?
}

/// What is common to the rows of a bulk intent.
struct BulkPayload: Codable, Sendable, Hashable {
    var lists: [ListID]
    /// Set once the bulk change has ended: rows that the provider refused without naming them.
    var unnamedRefusals = 0
    /// How often its rows were read back.
    var readings = 0
}

/// Payloads as JSON text.
enum IntentPayload {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
