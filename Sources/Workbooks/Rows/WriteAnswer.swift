import Reconciliation

/// The answer to a write; error texts are gathered from all of their places (workbooks.md §6.3, §6.4).
struct WriteAnswer: Decodable, Sendable {
    /// What the answer shows of one row.
    struct Row: Sendable {
        /// Nil where the answer has no object for it.
        var id: Int64?
        var lockVersion: Int64?
        var updatedAt: Timestamp?
        /// Attributes that the answer repeats, as text.
        var values: [String: String] = [:]
        /// Nil where the answer says nothing about it.
        var success: Bool?
        var failures: [String] = []
    }

    /// Nil where the answer lacks it.
    var success: Bool?
    /// As many as the longest of the answer's arrays.
    var rows: [Row]
    /// How many rows the answer has an object of.
    var objects: Int
    /// How many rows the answer has information about.
    var information: Int
    /// Errors that belong to no row.
    var failures: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ColumnKey.self)
        success = try container.flag("success")
        failures = try container.failureTexts()
        let affected =
            try container.decodeIfPresent([AffectedObject?].self, forKey: ColumnKey("affected_objects")) ?? []
        let details =
            try container.decodeIfPresent(
                [ObjectInformation?].self,
                forKey: ColumnKey("affected_object_information")
            ) ?? []
        let errors = try container.decodeIfPresent(WireTree.self, forKey: ColumnKey("affected_object_errors"))
        let errorsByRow = errors?.elements ?? []
        objects = affected.count
        information = details.count
        rows = (0..<max(affected.count, details.count, errorsByRow.count)).map { index in
            var row = index < affected.count ? affected[index]?.row ?? Row() : Row()
            if index < details.count, let detail = details[index] {
                row.success = detail.success
                row.failures = detail.failures
            }
            if index < errorsByRow.count { row.failures += errorsByRow[index].texts }
            return row
        }
        if errorsByRow.isEmpty { failures += errors?.texts ?? [] }
    }
}

/// One of `affected_objects`.
private struct AffectedObject: Decodable {
    var row: WriteAnswer.Row

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ColumnKey.self)
        row = WriteAnswer.Row(
            id: try container.integer("id"),
            lockVersion: try container.integer("lock_version"),
            updatedAt: try container.moment("updated_at")
        )
        // An update repeats a handful of attributes, a creation all of them; only what a bridge writes matters.
        for name in WriteAnswer.repeated { row.values[name] = try container.text(name) }
    }
}

/// One of `affected_object_information`.
private struct ObjectInformation: Decodable {
    var success: Bool?
    var failures: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ColumnKey.self)
        success = try container.flag("success")
        failures = try ["errors"].flatMap {
            try container.decodeIfPresent(WireTree.self, forKey: ColumnKey($0))?.texts ?? []
        }
        if success != true, failures.isEmpty {
            failures = try container.decodeIfPresent(WireTree.self, forKey: ColumnKey("message"))?.texts ?? []
        }
    }
}

extension WriteAnswer {
    /// The attributes whose value after the write is compared with what was asked for.
    static let repeated = [
        RecordColumns.person.optOutFlag, RecordColumns.person.undeliverableMark, RecordColumns.lead.optOutFlag,
        RecordColumns.lead.undeliverableMark, "campaign_membership_status_id",
    ]
}

extension WireTree {
    /// The elements of a list; nothing for anything else.
    fileprivate var elements: [WireTree] {
        if case .list(let elements) = self { elements } else { [] }
    }
}
