import Bridge
import HTTPCalls
import Reconciliation

/// A member of the audience as the service writes it (mailchimp.md §5).
struct MemberDocument: Sendable {
    /// Names of members that are read, in a read of one.
    static let fields =
        "id,email_address,contact_id,status,merge_fields,last_changed,unsubscribe_reason,tags,tags_count"
    /// The same in a read of a page.
    static let pageFields =
        fields.split(separator: ",").map { "members.\($0)" }.joined(separator: ",") + ",total_items"

    /// The hash of the address, which is its name in paths.
    var hash = ""
    /// What stays when the address changes; empty where the answer does not say.
    var contactID = ""
    var email = ""
    /// As written.
    var status = ""
    var unsubscribeReason: String?
    /// Values by tag; those of an address field joined into one text.
    var mergeFields: [String: String] = [:]
    var lastChanged: Timestamp?
    /// The ids of the tags that the answer shows, fifty at most; nil where it shows none at all.
    var tags: [Int]?
    /// How many there are.
    var tagsCount: Int?

    /// Whether the service may know tags that the answer does not show.
    var hidesTags: Bool { tags.map { $0.count < tagsCount ?? 0 } ?? true }

    /// Whether the answer shows the tags of all of the lists; one that it does not show may be there all the same.
    func hasTags(of lists: [ListID]) -> Bool {
        let shown = Set((tags ?? []).map(String.init))
        return lists.allSatisfy { shown.contains($0.rawValue) }
    }

    /// Whether a status can be set to `unsubscribed`: there is something to end (mailchimp.md §5, the transitions).
    var canBeUnsubscribed: Bool { ["subscribed", "pending", "transactional"].contains(status) }
    var isUnsubscribed: Bool { status == "unsubscribed" }
    var isCleaned: Bool { status == "cleaned" }
    var isArchived: Bool { status == "archived" }

    /// The member in the engine's terms.
    ///
    /// - Parameter bounce: why it is cleaned; not looked at otherwise.
    func contact(bounce: ContactBounce?) -> ProviderContact {
        var values = mergeFields
        let firstName = values.removeValue(forKey: MergeFields.firstName) ?? ""
        let lastName = values.removeValue(forKey: MergeFields.lastName) ?? ""
        return ProviderContact(
            id: ContactID(contactID.isEmpty ? hash : contactID),
            email: email,
            permission: permission,
            optOutBy: isUnsubscribed ? .unnamed : .unknown,
            optOutReason: isUnsubscribed ? unsubscribeReason : nil,
            lists: Set((tags ?? []).map { ListID(String($0)) }),
            listsWereRead: tags != nil,
            firstName: firstName,
            lastName: lastName,
            fields: values,
            isDeleted: isArchived,
            changedAt: lastChanged,
            bounce: isCleaned ? bounce : nil
        )
    }

    /// What the account may send, in the field's terms.
    ///
    /// What an archived contact was before cannot be read (mailchimp.md §5).
    private var permission: Permission {
        switch status {
        case "subscribed": .explicit
        case "pending": .pendingConfirmation
        case "unsubscribed": .unsubscribed
        case "transactional": .transactional
        case "cleaned": .cleaned
        case "archived": .vanished
        default: .other(status)
        }
    }

    /// Reads one member; nil when it has neither hash nor address, and nothing can be done with it.
    static func read(_ reader: inout JSONReader) throws -> MemberDocument? {
        var document = MemberDocument()
        try reader.members { reader, key in
            switch key {
            case "id": document.hash = try reader.string() ?? ""
            case "contact_id": document.contactID = try reader.string() ?? ""
            case "email_address": document.email = try reader.string() ?? ""
            case "status": document.status = try reader.string() ?? ""
            case "unsubscribe_reason": document.unsubscribeReason = try reader.string()
            case "last_changed": document.lastChanged = try reader.string().flatMap(ServiceTime.parse)
            case "tags_count": document.tagsCount = try reader.integer()
            case "merge_fields": try document.readMergeFields(&reader)
            case "tags": document.tags = try TagDocument.ids(&reader)
            default: try reader.skip()
            }
        }
        if document.unsubscribeReason?.isEmpty == true { document.unsubscribeReason = nil }
        if document.hash.isEmpty, !document.email.isEmpty { document.hash = SubscriberHash.of(document.email) }
        return document.hash.isEmpty ? nil : document
    }

    /// Reads values: texts and numbers, and addresses, which are objects or, when empty, a text (mailchimp.md §7).
    private mutating func readMergeFields(_ reader: inout JSONReader) throws {
        var found: [String: String] = [:]
        try reader.members { reader, key in
            let tag = key.text
            guard try reader.isObject() else {
                if let value = try reader.scalar() { found[tag] = value }
                return
            }
            var parts: [String] = []
            try reader.members { reader, _ in
                if let part = try reader.scalar(), !part.isEmpty { parts.append(part) }
            }
            found[tag] = parts.joined(separator: ", ")
        }
        mergeFields = found
    }
}

/// A tag as a member or its collection of tags shows it; the name is the marketer's and counts for nothing.
enum TagDocument {
    /// The ids in an array of tags; nil when the value is no array.
    static func ids(_ reader: inout JSONReader) throws -> [Int]? {
        var ids: [Int] = []
        let isArray = try reader.elements { reader in
            if let id = try id(&reader) { ids.append(id) }
        }
        return isArray ? ids : nil
    }

    /// The id of one tag; nil when it has none.
    static func id(_ reader: inout JSONReader) throws -> Int? {
        var id: Int?
        try reader.members { reader, key in
            guard case "id" = key else { return try reader.skip() }
            id = try reader.integer()
        }
        return id
    }
}
