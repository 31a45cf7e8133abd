import Bridge
import HTTPCalls
import Reconciliation

/// A contact list as the service writes it, with everything that a PUT must carry.
struct ListDocument: Sendable {
    var id = ""
    var name = ""
    var description = ""
    var isFavorite = false
    var isDeleted = false

    var list: ProviderList { ProviderList(id: ListID(id), name: name, description: description) }

    /// Reads one list; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> ListDocument? {
        var list = ListDocument()
        try reader.members { reader, key in
            switch key {
            case "list_id": list.id = try reader.string() ?? ""
            case "name": list.name = try reader.string() ?? ""
            case "description": list.description = try reader.string() ?? ""
            case "favorite": list.isFavorite = try reader.boolean() ?? false
            case "deleted_at": list.isDeleted = try reader.string()?.isEmpty == false
            default: try reader.skip()
            }
        }
        return list.id.isEmpty ? nil : list
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.key("favorite")
            writer.boolean(isFavorite)
            writer.key("description")
            writer.string(description)
        }
    }
}
