import Foundation
import Reconciliation
import Store

/// What one row of an intent writes, read from its stored payload by the intent's kind.
enum IntentContent: Sendable, Hashable {
    case crm(CRMWrite)
    case status(StatusWrite)
    case upsert(UpsertRow, onto: [ListID])
    case remove(ContactID, from: [ListID])
    /// What the contact was before; nil before it was read for the write, when nothing has been written.
    case unsubscribe(ContactID, before: OwnUnsubscribe?)
    case resubscribe(ContactID, lists: [ListID])
    /// A contact's new address as typed; nil for the row of the address that it gives up.
    case changeAddress(ContactID, to: String?)
    case createList(name: String)

    /// Reads a row.
    ///
    /// - Throws: `UnreadableIntent`, which names the intent.
    private init(
        of row: IntentRow,
        intent: Int64,
        kind: String,
        account: AccountID,
        lists: () throws -> [ListID]
    ) throws(UnreadableIntent) {
        do {
            switch IntentKind(rawValue: kind) {
            case .crmWrite:
                self = .crm(try IntentPayload.decode(CRMWrite.self, from: row.payload))
            case .memberStatus:
                self = .status(try IntentPayload.decode(StatusWrite.self, from: row.payload))
            case .upsert:
                self = .upsert(try IntentPayload.decode(UpsertRow.self, from: row.payload), onto: try lists())
            case .remove:
                self = .remove(ContactID(row.payload), from: try lists())
            case .unsubscribe:
                let before =
                    row.payload == OpenUnsubscribe.notRead
                    ? nil : try IntentPayload.decode(OwnUnsubscribe.self, from: row.payload)
                self = .unsubscribe(try Self.contact(in: row, account: account), before: before)
            case .resubscribe:
                self = .resubscribe(try Self.contact(in: row, account: account), lists: try lists())
            case .changeAddress:
                let written =
                    row.payload == AddressChange.givenUp
                    ? nil : try IntentPayload.decode(AddressChange.Written.self, from: row.payload)
                self = .changeAddress(try Self.contact(in: row, account: account), to: written?.email)
            case .createList:
                self = .createList(name: row.payload)
            case nil:
                throw UnreadableIntent(intent: intent, kind: kind, subject: nil, reason: "the kind is not known")
            }
        } catch let error as UnreadableIntent {
            throw error
        } catch {
            throw UnreadableIntent(intent: intent, kind: kind, subject: row.subject, reason: Self.reason(error))
        }
    }

    /// Reads a row of an intent.
    ///
    /// - Throws: `UnreadableIntent`, which names the intent.
    init(of row: IntentRow, in intent: Intent) throws(UnreadableIntent) {
        try self.init(of: row, intent: intent.id, kind: intent.kind, account: intent.account) {
            try IntentPayload.decode(BulkPayload.self, from: intent.payload).lists
        }
    }

    /// Reads an awaited write.
    ///
    /// - Parameter known: the lists of the intents that were read so far, so that those of one are read once.
    /// - Throws: `UnreadableIntent`, which names the intent.
    init(
        of write: AwaitedWrite,
        account: AccountID,
        lists known: inout [Int64: [ListID]]
    ) throws(UnreadableIntent) {
        var found = known[write.intent]
        try self.init(of: write.row, intent: write.intent, kind: write.kind, account: account) {
            if let found { return found }
            let lists = try IntentPayload.decode(BulkPayload.self, from: write.payload).lists
            found = lists
            return lists
        }
        known[write.intent] = found
    }

    /// The state in which the write leaves a row of the CRM; nil for a write to a provider.
    ///
    /// - Parameter answered: the lock version that the answer gave.
    func crmAfterImage(answered: Int64?) -> CRMAfterImage? {
        switch self {
        case .crm(let write):
            switch write.change {
            case .optOutFlag(_, let isSet):
                CRMAfterImage(.flag(isSet), decidedOn: write.lockVersion, answered: answered)
            case .undeliverableMark(_, let isSet):
                CRMAfterImage(.mark(isSet), decidedOn: write.lockVersion, answered: answered)
            case .memberStatus(_, let statusID):
                CRMAfterImage(.status(statusID), decidedOn: write.lockVersion, answered: answered)
            }
        case .status(let write):
            CRMAfterImage(.status(write.statusID), decidedOn: write.lockVersion, answered: answered)
        case .upsert, .remove, .unsubscribe, .resubscribe, .changeAddress, .createList:
            nil
        }
    }

    /// The state in which the write leaves a contact; nil where nothing was written, or not to a contact.
    ///
    /// - Parameters:
    ///   - answered: the stamp in the answer, in milliseconds since the epoch.
    ///   - isAnswer: whether it is looked for in the answer itself, which needs to give no reason.
    func contactAfterImage(answered: Int64?, isAnswer: Bool) -> ContactAfterImage? {
        switch self {
        case .upsert(let row, let lists):
            row.image(on: lists)
        case .remove(_, let lists):
            .unlisted(lists)
        case .unsubscribe(_, let before):
            before.map { _ in
                .unsubscribed(
                    reason: isAnswer ? nil : OpenUnsubscribe.reason,
                    at: answered.map { Timestamp(milliseconds: $0) }
                )
            }
        case .resubscribe(_, let lists):
            .resubscribed(lists)
        case .changeAddress(_, let email):
            email.flatMap { Address(typed: $0) }.map { .addressed($0) }
        case .crm, .status, .createList:
            nil
        }
    }

    /// The contact that is written, where the write is to one that is known.
    var contact: ContactID? {
        switch self {
        case .remove(let id, _), .unsubscribe(let id, _), .resubscribe(let id, _), .changeAddress(let id, _): id
        case .crm, .status, .upsert, .createList: nil
        }
    }

    private static func contact(in row: IntentRow, account: AccountID) throws -> ContactID {
        guard let contact = IntentSubject.contact(in: row.subject, account: account) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "its subject names no contact of \(account)")
            )
        }
        return contact
    }

    /// Why a payload cannot be read, without its content.
    private static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .dataCorrupted(let context): context.debugDescription
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) has another type"
        case nil: "\(error)"
        @unknown default: "\(error)"
        }
    }
}
