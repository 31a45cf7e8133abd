import Bridge
import HTTPCalls
import Reconciliation

/// A segment of the audience; a static one is what the product calls a tag (mailchimp.md §7).
struct SegmentDocument: Sendable {
    static let fields = "segments.id,segments.name,segments.type,total_items"

    var id = 0
    var name = ""
    var type = ""

    /// Whether its members are chosen by hand; others follow from conditions.
    var isTag: Bool { type == "static" }

    var list: ProviderList { ProviderList(id: ListID(String(id)), name: name) }

    /// Whether it has a name, which the service compares without capitals (mailchimp.md §7).
    func isNamed(_ other: String) -> Bool { name.lowercased() == other.lowercased() }

    /// Reads one segment; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> SegmentDocument? {
        var document = SegmentDocument()
        try reader.members { reader, key in
            switch key {
            case "id": document.id = try reader.integer() ?? 0
            case "name": document.name = try reader.string() ?? ""
            case "type": document.type = try reader.string() ?? ""
            default: try reader.skip()
            }
        }
        return document.id == 0 ? nil : document
    }
}
