import Reconciliation

/// The least that tells where a row stands in a list of changes.
struct StampRow: Decodable {
    var id: Int64
    var updatedAt: Timestamp

    static let columns = ["id", "lock_version", "updated_at", "is_deleted"]

    init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: ColumnKey.self)
        id = try row.required("id", row.integer("id"))
        updatedAt = try row.required("updated_at", row.moment("updated_at"))
    }
}
