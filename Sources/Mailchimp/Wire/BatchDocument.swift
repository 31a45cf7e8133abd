import HTTPCalls

/// A batch as the service writes it (mailchimp.md §6).
struct BatchDocument: Sendable {
    private static let names = ["id", "status", "response_body_url"]
    /// What is read of one.
    static let fields = names.joined(separator: ",")
    /// What is read of each on a page.
    static let pageFields = names.map { "batches.\($0)" }.joined(separator: ",") + ",total_items"

    var id = ""
    var status = ""
    /// Where the results are, for ten minutes; empty before the batch has finished.
    var resultsURL = ""

    /// Whether it has ended, which says nothing about success; a state that is not known has not.
    var isFinished: Bool { status == "finished" }

    /// Reads one batch; nil when it has no id.
    static func read(_ reader: inout JSONReader) throws -> BatchDocument? {
        var document = BatchDocument()
        try reader.members { reader, key in
            switch key {
            case "id": document.id = try reader.string() ?? ""
            case "status": document.status = try reader.string() ?? ""
            case "response_body_url": document.resultsURL = try reader.string() ?? ""
            default: try reader.skip()
            }
        }
        return document.id.isEmpty ? nil : document
    }
}
