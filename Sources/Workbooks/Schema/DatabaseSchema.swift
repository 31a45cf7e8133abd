import Bridge
import Reconciliation

/// The attributes of one database, from its own metadata: which there are differs between databases.
struct DatabaseSchema: Sendable {
    private var types: [Resource: MetadataType] = [:]

    init(_ found: [MetadataType]) {
        for resource in Resource.allCases {
            types[resource] =
                found.first { $0.controllerPath == resource.rawValue }
                ?? found.first { $0.className == resource.className }
        }
    }

    /// The record types that metadata did not name.
    var absent: [Resource] { Resource.allCases.filter { types[$0] == nil } }

    /// The names of a type's attributes.
    func names(of resource: Resource) -> Set<String> {
        Set((types[resource]?.fields ?? []).map(\.name))
    }

    /// Each attribute's type by name, such as `datetime`.
    func dataTypes(of resource: Resource) -> [String: String] {
        Dictionary((types[resource]?.fields ?? []).map { ($0.name, $0.dataType) }) { first, _ in first }
    }

    /// The columns of a kind of record, without the optional ones that this database does not have.
    func columns(of kind: RecordKind, mapped: [String]) -> RecordColumns {
        var columns = RecordColumns.of(kind)
        columns.mapped = mapped
        let known = names(of: columns.resource)
        return known.isEmpty ? columns : columns.restricted(to: known)
    }

    /// The attributes that can be mapped: single values that an operator would call a field.
    func attributes(of resource: Resource) -> [CRMAttribute] {
        (types[resource]?.fields ?? []).filter(Self.isMappable).map { field in
            CRMAttribute(
                name: field.name,
                title: field.title,
                dataType: field.dataType,
                // A string holds no more than that in every database (workbooks.md §4).
                maximumLength: field.maximumLength ?? (field.dataType == "string" ? 255 : nil)
            )
        }
    }

    /// The campaign attribute whose title or name says "public name"; one that says nothing else comes first.
    var publicNameField: String? {
        let fields = types[.campaigns]?.fields ?? []
        return fields.first { Self.words($0.title) == "public name" }?.name
            ?? fields.first {
                Self.words($0.title).contains("public name") || Self.words($0.name).contains("public name")
            }?
            .name
    }

    /// What the bridge needs and the database does not have, each as an operator can look for it; empty when all is there.
    var shortcomings: [String] {
        Self.required.flatMap { resource, attributes in
            guard let type = types[resource] else { return ["the record type \(resource.rawValue)"] }
            let known = Set(type.fields.map(\.name))
            return attributes.filter { !known.contains($0) }.map { "\(resource.rawValue): \($0)" }
        }
            + Self.written.flatMap { resource, attributes in
                (types[resource]?.fields ?? []).filter { attributes.contains($0.name) && $0.isUpdateable == false }
                    .map { "\(resource.rawValue): \($0.name) may not be changed" }
            }
    }

    /// What workbooks.md §9 lists, as far as the bridge uses it.
    private static let required: [(Resource, [String])] = [
        (.people, RecordColumns.person.required),
        (.leads, RecordColumns.lead.required),
        (.campaigns, ["id", "lock_version", "is_deleted", "name"]),
        (.members, MemberRow.columns.filter { $0 != "updated_by" }),
        (.statuses, ["id", "status", "marketing_campaign_id", "created_through_reference"]),
    ]

    private static let written: [(Resource, [String])] = [
        (.people, RecordColumns.person.written),
        (.leads, RecordColumns.lead.written),
        (.members, ["campaign_membership_status_id"]),
    ]

    private static func isMappable(_ field: MetadataType.Field) -> Bool {
        let associations = ["belongs_to", "has_one", "has_many"]
        return field.isReadable && !field.name.hasPrefix("_")
            && !field.name.hasPrefix("linked_item_association_for_") && !associations.contains(field.dataType)
    }

    private static func words(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    }
}
