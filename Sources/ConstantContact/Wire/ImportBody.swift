import Bridge
import HTTPCalls
import NIOCore
import Reconciliation

/// The body of a `POST /activities/contacts_json_import`, and how many rows go into one.
///
/// The service drops what lies beyond 4 MB or 40,000 rows without a word, so sizes are measured on the encoded bytes
/// and never estimated (constant-contact.md §6.2, §6.4).
enum ImportBody {
    static let mostRows = 40_000
    static let mostBytes = 3_900_000

    /// Splits rows, in order, into as few bodies as the limits allow: the number of rows of each.
    ///
    /// A row that no body could hold gets one to itself; the service then says what it thinks of it.
    static func packing(of rows: [ContactRow], onto lists: [ListID]) -> [Int] {
        let empty = body(of: [], onto: lists).readableBytes
        var writer = JSONWriter(capacity: 1024)
        var packing: [Int] = []
        var count = 0
        var bytes = empty
        for row in rows {
            writer.clear()
            write(row, to: &writer)
            // Counted with a comma each; the first row has none, and the spare byte harms nobody.
            let more = writer.count + 1
            if count == mostRows || count > 0 && bytes + more > mostBytes {
                packing.append(count)
                count = 0
                bytes = empty
            }
            count += 1
            bytes += more
        }
        if count > 0 { packing.append(count) }
        return packing
    }

    /// Encodes the rows.
    static func body(of rows: [ContactRow], onto lists: [ListID]) -> ByteBuffer {
        var writer = JSONWriter(capacity: min(rows.count * 160 + 4096, mostBytes))
        writer.object { writer in
            writer.key("import_data")
            writer.array { writer in
                for row in rows { write(row, to: &writer) }
            }
            writer.lists("list_ids", lists)
        }
        return writer.buffer
    }

    /// A property without a value is left out: what the service makes of an empty one is not known
    /// (constant-contact.md §6.2), and a blank means "unchanged".
    private static func write(_ row: ContactRow, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("email", row.email)
            writer.member("first_name", row.firstName)
            writer.member("last_name", row.lastName)
            for (name, value) in row.fields where !value.isEmpty {
                writer.key("cf:", name)
                writer.string(value)
            }
        }
    }
}
