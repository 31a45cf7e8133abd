import Foundation
import Reconciliation
import Store

/// Makes the evidence of what was read: a reference, and the reading as canonical JSON.
enum Evidence {
    static func record(_ record: CRMRecord) throws -> Ledger.Evidence {
        try make(
            "\(record.id) at lock version \(record.lockVersion)",
            RecordAsRead(
                read: record.id.kind.rawValue,
                id: record.id.id,
                lockVersion: record.lockVersion,
                updatedAt: record.updatedAt.milliseconds,
                updatedBy: record.updatedBy,
                isOptedOut: record.isOptedOut,
                isUndeliverable: record.isUndeliverable,
                isDeleted: record.isDeleted,
                mainEmail: record.mainEmail,
                otherEmails: record.otherEmails
            )
        )
    }

    static func contact(_ contact: ProviderContact, account: AccountID) throws -> Ledger.Evidence {
        try make(
            "contact \(contact.id) of \(account)",
            ContactAsRead(
                read: "contact",
                account: account.rawValue,
                id: contact.id.rawValue,
                email: contact.email,
                permission: contact.permission.text,
                optOutBy: String(describing: contact.optOutBy),
                optOutAt: contact.optOutAt?.milliseconds,
                optOutReason: contact.optOutReason,
                optInBy: String(describing: contact.optInBy),
                optInAt: contact.optInAt?.milliseconds,
                isDeleted: contact.isDeleted
            ),
            // A provider's id of a contact can be made of the address.
            namesErased: contact.address?.isErased ?? false
        )
    }

    static func delivery(_ entry: InboxEntry) -> Ledger.Evidence {
        Ledger.Evidence(reference: "inbox \(entry.id)", body: entry.delivery.body)
    }

    static func activity(
        of contact: ContactID,
        account: AccountID,
        _ sightings: [OptOutSighting]
    ) throws -> Ledger.Evidence {
        try make(
            "activity of contact \(contact) of \(account)",
            ActivityAsRead(
                read: "activity",
                account: account.rawValue,
                id: contact.rawValue,
                optOuts: sightings.map { .init(at: $0.occurredAt?.milliseconds, reference: $0.reference) }
            )
        )
    }

    /// A row of a mailing's report.
    static func report(_ row: MailingPeople.Row, of mailing: StoredMailing) throws -> Ledger.Evidence {
        try make(
            "report of mailing \(mailing.mailing) of \(mailing.account)",
            ReportRowAsRead(
                read: "report",
                account: mailing.account.rawValue,
                mailing: mailing.mailing.rawValue,
                name: mailing.name,
                sentAt: mailing.sentAt?.milliseconds,
                act: row.act.rawValue,
                email: row.address.text,
                at: row.firstAt?.milliseconds,
                reason: row.reason
            ),
            namesErased: row.address.isErased
        )
    }

    /// What an operator decided on a hold.
    static func hold(_ id: Int64, cause: HoldCause, note: String?, at moment: Timestamp) throws -> Ledger.Evidence {
        try make(
            "hold \(id)",
            HoldAsDecided(read: "hold", id: id, cause: cause.text, note: note, at: moment.milliseconds)
        )
    }

    private static func make(
        _ reference: String,
        _ reading: some Encodable,
        namesErased: Bool = false
    ) throws -> Ledger.Evidence {
        Ledger.Evidence(
            reference: reference,
            body: Array(try IntentPayload.encode(reading).utf8),
            namesErased: namesErased
        )
    }
}

/// What of a Person or Lead is evidence about consent.
private struct RecordAsRead: Encodable {
    var read: String
    var id: Int64
    var lockVersion: Int64
    var updatedAt: Int64
    var updatedBy: Int64?
    var isOptedOut: Bool
    var isUndeliverable: Bool
    var isDeleted: Bool
    var mainEmail: String
    var otherEmails: [String]
}

/// What of a contact is evidence about consent.
private struct ContactAsRead: Encodable {
    var read: String
    var account: String
    var id: String
    var email: String
    var permission: String
    var optOutBy: String
    var optOutAt: Int64?
    var optOutReason: String?
    var optInBy: String
    var optInAt: Int64?
    var isDeleted: Bool
}

/// What of a contact's history is evidence about consent.
private struct ActivityAsRead: Encodable {
    struct OptOut: Encodable {
        var at: Int64?
        var reference: String
    }

    var read: String
    var account: String
    var id: String
    var optOuts: [OptOut]
}

/// What of a report's row is evidence about consent.
private struct ReportRowAsRead: Encodable {
    var read: String
    var account: String
    var mailing: String
    var name: String
    var sentAt: Int64?
    var act: String
    var email: String
    var at: Int64?
    var reason: String?
}

/// What of a decision on a hold is evidence about consent.
private struct HoldAsDecided: Encodable {
    var read: String
    var id: Int64
    var cause: String
    var note: String?
    var at: Int64
}
