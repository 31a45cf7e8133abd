/// One record type in the answer of `metadata/types.api` (workbooks.md §8).
struct MetadataType: Decodable, Sendable {
    /// One of its attributes.
    struct Field: Decodable, Sendable {
        var name: String
        var title: String
        var dataType: String
        /// Nil where metadata does not say.
        var isUpdateable: Bool?
        var isReadable: Bool
        var maximumLength: Int?

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: ColumnKey.self)
            name = try container.required("name", container.text("name"))
            title = try container.text("title") ?? ""
            dataType = try container.text("datatype") ?? ""
            isUpdateable = try container.flag("is_updateable")
            isReadable = try container.flag("is_readable") ?? true
            maximumLength = try container.integer("max_length").map { Int($0) }
        }
    }

    static let columns = ["class_name", "controller_path", "fields"]

    var className: String
    /// Such as `crm/people`.
    var controllerPath: String
    var fields: [Field]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ColumnKey.self)
        className = try container.text("class_name") ?? ""
        let path = try container.text("controller_path") ?? ""
        controllerPath = path.hasPrefix("/") ? String(path.dropFirst()) : path
        fields = try container.decodeIfPresent([Field].self, forKey: ColumnKey("fields")) ?? []
    }
}
