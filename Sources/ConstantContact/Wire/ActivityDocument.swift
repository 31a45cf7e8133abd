import Bridge
import HTTPCalls

/// A bulk activity as the service writes it (constant-contact.md §6.2).
struct ActivityDocument: Sendable {
    var id = ""
    var state = ""
    var errors: [String] = []
    var personCount: Int?
    var errorCount = 0
    var correctableCount = 0
    var cannotAddCount = 0

    /// Reads one activity; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> ActivityDocument? {
        var activity = ActivityDocument()
        try reader.members { reader, key in
            switch key {
            case "activity_id": activity.id = try reader.string() ?? ""
            case "state": activity.state = try reader.string() ?? ""
            case "activity_errors": activity.errors = try reader.strings() ?? []
            case "status": try activity.readStatus(&reader)
            default: try reader.skip()
            }
        }
        return activity.id.isEmpty ? nil : activity
    }

    /// The activity in the engine's terms; a state that is not known has not ended.
    var progress: ActivityProgress {
        switch state {
        case "completed":
            .ended(result(completed: true))
        case "failed", "cancelled", "canceled", "timed_out", "time_out":
            .ended(result(completed: false))
        default:
            .running
        }
    }

    private func result(completed: Bool) -> ActivityResult {
        // Errors that are counted but not told hit rows that nobody names either.
        let untold = max(0, errorCount + correctableCount - errors.count)
        return ActivityResult(
            completed: completed,
            state: state,
            rowErrors: errors.map { (Self.row(named: $0), $0) },
            unnamedRefusals: cannotAddCount + untold,
            rowsRead: personCount
        )
    }

    /// The index of the row in an error of the form `Line N: text`, where line 1 is a header that JSON imports do not
    /// have but count; nil for other texts.
    static func row(named error: String) -> Int? {
        guard error.lowercased().hasPrefix("line ") else { return nil }
        let number = error.dropFirst(5).prefix { $0.isASCII && $0.isNumber }
        guard let line = Int(number), line >= 2 else { return nil }
        return line - 2
    }

    private mutating func readStatus(_ reader: inout JSONReader) throws {
        try reader.members { reader, key in
            switch key {
            case "person_count": personCount = try reader.integer()
            case "error_count": errorCount = try reader.integer() ?? 0
            case "correctable_count": correctableCount = try reader.integer() ?? 0
            case "cannot_add_to_list_count": cannotAddCount = try reader.integer() ?? 0
            default: try reader.skip()
            }
        }
    }
}
