/// What `metadata/types.api` and `{controller}/metadata.api` say about the record types (workbooks.md §8).
enum WorkbooksMetadata {
    /// The description of one type.
    static func description(of type: WorkbooksRecordType) -> SandboxJSON {
        let resource = type.resource
        return [
            "class_name": .string(resource.className),
            "base_class_name": .string(resource.className),
            "controller_path": .string(resource.path),
            "human_class_name": .string(resource.humanName),
            "human_class_name_plural": .string(resource == .people ? "People" : resource.humanName + "s"),
            "human_class_description": .string(""),
            "help_url": .string(""),
            "icon": .string(""),
            "instances_described_by": .string("name"),
            "actions": .array(
                ["create", "read", "update", "delete"].map { ["name": .string($0), "permitted": true] }
            ),
            "fields": .array(type.columns.map(field)),
            "associations": [],
        ]
    }

    /// The answer to `metadata/types.api` with its filters by class and by key.
    static func list(_ parameters: WorkbooksParameters) -> String {
        let classes = Set(parameters.array("class_names"))
        let keys = Set(parameters.array("_select_columns"))
        let types = WorkbooksSchema.types.filter { classes.isEmpty || classes.contains($0.resource.className) }
        let described = types.map { type -> SandboxJSON in
            guard !keys.isEmpty, let members = description(of: type).objectValue else { return description(of: type) }
            return .object(members.filter { keys.contains($0.key) })
        }
        return SandboxJSON.object(["success": true, "data": .array(described), "total": .int(described.count)]).text
    }

    private static func field(_ column: WorkbooksColumn) -> SandboxJSON {
        var members: [String: SandboxJSON] = [
            "name": .string(column.name),
            "title": .string(column.name == "cf_campaign_public_name" ? "Public name" : column.title),
            "datatype": .string(column.datatype.rawValue),
            "default_value": initialValue(column),
            "is_createable": .bool(column.isCreateable),
            "is_updateable": .bool(column.isUpdateable),
            "is_filterable": true,
            "is_nullable": .bool(!column.isRequired),
            "required": .bool(column.isRequired),
        ]
        members["max_length"] = column.maximumLength.map(SandboxJSON.int)
        return .object(members)
    }

    private static func initialValue(_ column: WorkbooksColumn) -> SandboxJSON {
        switch column.initial {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .text(let text): .string(text)
        }
    }
}
