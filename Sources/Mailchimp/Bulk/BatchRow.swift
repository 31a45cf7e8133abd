import HTTPCalls

/// The answer to one operation of a batch: a status, and the body as a text that holds JSON (mailchimp.md §6).
struct BatchRow: Sendable {
    var status = 0
    var operation = ""
    var response = ""

    var isSuccess: Bool { (200..<300).contains(status) }

    /// Reads the answer's body, which is JSON inside of JSON.
    ///
    /// - Throws: `JSONReader.Malformed` when it is anything else.
    func decode<Value>(_ read: (inout JSONReader) throws -> Value) throws -> Value {
        var text = response
        return try text.withUTF8 { bytes in
            var reader = JSONReader(UnsafeRawBufferPointer(bytes))
            let value = try read(&reader)
            try reader.end()
            return value
        }
    }

    /// Reads one row; nil for what is none.
    static func read(_ reader: inout JSONReader) throws -> BatchRow? {
        var row = BatchRow()
        let isObject = try reader.members { reader, key in
            switch key {
            case "status_code": row.status = try reader.integer() ?? 0
            case "operation_id": row.operation = try reader.string() ?? ""
            case "response": row.response = try reader.string() ?? ""
            default: try reader.skip()
            }
        }
        return isObject ? row : nil
    }
}
