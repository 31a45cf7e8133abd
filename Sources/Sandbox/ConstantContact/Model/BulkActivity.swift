/// One row of an import, as it was sent.
///
/// An empty text means that nothing was said about the property.
struct ImportRow {
    var email: String?
    var scalars = ContactScalars()
    var phones: [(kind: String, number: String)] = []
    var streets: [ImportedStreet] = []
    /// Values by the name of their custom field.
    var customFields: [(name: String, value: String)] = []
    var smsNumber: String?
}

/// A postal address in an import row, put together from the properties of one kind.
struct ImportedStreet {
    var kind: String
    var street: String?
    var city: String?
    var state: String?
    var postalCode: String?
    var country: String?
}

/// Which contacts an activity is about; evaluated when the activity runs.
enum ContactSelection {
    case contacts([String])
    case members([String])
    case allActive
    case tags([String])
    /// A selection that the sandbox keeps no data for, such as a segment.
    case none
}

/// What an activity does.
enum BulkWork {
    case importContacts(rows: [ImportRow], lists: [String])
    case addMemberships(ContactSelection, excluding: Set<String>, lists: [String])
    case removeMemberships(ContactSelection, excluding: Set<String>, lists: [String])
    case deleteContacts(ContactSelection)
    case deleteLists([String])
    case export(ContactExport)
}

/// Which contacts an export holds, and which of their properties.
struct ContactExport {
    var selection: ContactSelection?
    var status: String?
    var fields: [String]
}

/// How an activity ends.
enum ActivityOutcome: Equatable {
    case completes
    /// It stays `processing` for ever.
    case stuck
    /// It ends in a state such as `failed`, `cancelled` or `timed_out`, after doing the first part of its work.
    case ends(state: String, share: Double)
}

/// A bulk activity: what it is to do, when, and what came of it (constant-contact.md §6.2).
final class BulkActivity {
    let id: String
    let work: BulkWork
    let createdAt: Double
    /// When the work starts and when it is done.
    let startsAt: Double
    var endsAt: Double
    var outcome: ActivityOutcome

    var isFinished = false
    var total: Int
    var completed = 0
    var errors = 0
    var correctable = 0
    var notAddable = 0
    var listCount = 0
    var messages: [String] = []
    /// The id and the text of the file that an export made.
    var result: (id: String, text: String)?

    init(id: String, work: BulkWork, total: Int, createdAt: Double, duration: Double, outcome: ActivityOutcome) {
        self.id = id
        self.work = work
        self.total = total
        self.createdAt = createdAt
        self.outcome = outcome
        startsAt = createdAt + duration / 10
        endsAt = createdAt + duration
    }

    /// Whether it still takes a place in the queue.
    var isQueued: Bool { !isFinished }

    /// The state at a time.
    func state(at now: Double) -> String {
        if isFinished {
            if case .ends(let state, _) = outcome { return state }
            return "completed"
        }
        return now >= startsAt && (startsAt > createdAt || outcome == .stuck) ? "processing" : "initialized"
    }

    /// How much of the work looks done at a time, in percent.
    func percent(at now: Double) -> Int {
        if isFinished { return 100 }
        guard endsAt > createdAt else { return 1 }
        return min(99, max(1, Int((now - createdAt) / (endsAt - createdAt) * 100)))
    }

    /// When something was last seen to happen to it.
    func updatedAt(at now: Double) -> Double {
        isFinished ? endsAt : max(createdAt, min(now, endsAt))
    }
}
