import HTTPCalls
import NIOCore
import NIOHTTP1
import Reconciliation

/// One operation of a batch, by the name that comes back with its result.
enum BatchOperation: Hashable, Sendable {
    /// The change of the contact of a row.
    case row(Int)
    /// The change of a tag's members, for so many rows.
    case membership(ListID, from: Int, count: Int)

    /// The name as it is sent.
    var text: String {
        switch self {
        case .row(let index): "row-\(index)"
        case .membership(let list, let start, let count): "list-\(list)-\(start)-\(count)"
        }
    }

    /// Reads a name that came back; nil for one that was not given here.
    init?(_ text: String) {
        let parts = text.split(separator: "-")
        switch (parts.first, parts.count) {
        case ("row", 2):
            guard let index = Int(parts[1]) else { return nil }
            self = .row(index)
        case ("list", 4):
            guard let start = Int(parts[2]), let count = Int(parts[3]) else { return nil }
            self = .membership(ListID(String(parts[1])), from: start, count: count)
        default:
            return nil
        }
    }

    /// Writes the operation, whose body is a text that holds JSON (mailchimp.md §6).
    ///
    /// - Parameter body: writes that JSON.
    func write(
        _ method: HTTPMethod,
        _ path: String,
        to writer: inout JSONWriter,
        body: (inout JSONWriter) -> Void
    ) {
        var document = JSONWriter()
        body(&document)
        writer.object { writer in
            writer.member("method", method.rawValue)
            writer.member("path", path)
            writer.member("operation_id", text)
            writer.member("body", String(buffer: document.buffer))
        }
    }
}
