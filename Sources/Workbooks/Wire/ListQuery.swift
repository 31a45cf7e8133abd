/// One page of a list of rows.
struct ListQuery: Sendable {
    /// The order of the rows: column and direction, the first one decides.
    struct Order: Sendable, Hashable {
        var column: String
        var descending = false
    }

    /// The most rows that one answer holds (workbooks.md §3.1).
    static let pageSize = 100

    var resource: Resource
    var columns: [String]
    var filter: Filter?
    var order: [Order] = [Order(column: "id")]
    var limit = ListQuery.pageSize

    /// Rows after an id, in id order: paging by key, which no change of the data disturbs (workbooks.md §5.3).
    static func keyset(_ resource: Resource, columns: [String], filter: Filter?, after id: Int64) -> ListQuery {
        let later = Filter.test("id", .greater, String(id))
        return ListQuery(resource: resource, columns: columns, filter: filter.map { .all([$0, later]) } ?? later)
    }

    /// The parameters of this query.
    ///
    /// The count of all matches is never asked for: it costs the service a second query.
    var parameters: FormBody {
        var body = FormBody()
        body.add("_start", "0")
        body.add("_limit", String(limit))
        body.add("__skip_total_rows", "true")
        for key in order {
            body.add("_sort[]", key.column)
            body.add("_dir[]", key.descending ? "DESC" : "ASC")
        }
        filter?.add(to: &body)
        for column in columns { body.add("_select_columns[]", column) }
        body.add("_json_output_datetime_format", "%s")
        return body
    }
}
