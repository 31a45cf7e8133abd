import HTTPCalls

/// The problem document of a refusal, in whichever of its forms it came (mailchimp.md §3).
///
/// What is decided is decided on status and title; `type` is at times missing, and `detail` is prose.
struct ProblemReport: Sendable {
    private(set) var title = ""
    private(set) var detail = ""
    /// What identifies the occurrence to the service's support; may be empty.
    private(set) var instance = ""
    private(set) var errors: [(field: String, message: String)] = []
    /// Whether there was such a document at all; the network in front of the service answers with HTML or nothing.
    private(set) var isPresent = false

    init(_ answer: ServiceAnswer) {
        do {
            self = try answer.decode { try ProblemReport(&$0) }
        } catch {
            self = ProblemReport()
        }
    }

    /// Reads the document out of a row of a batch's results, where it is a text of its own.
    init(text: String) {
        var text = text
        do {
            self = try text.withUTF8 { bytes in
                var reader = JSONReader(UnsafeRawBufferPointer(bytes))
                return try ProblemReport(&reader)
            }
        } catch {
            self = ProblemReport()
        }
    }

    private init() {}

    private init(_ reader: inout JSONReader) throws {
        var found = ProblemReport()
        var names = 0
        try reader.members { reader, key in
            switch key {
            case "title":
                found.title = try reader.string() ?? ""
                names += 1
            case "detail": found.detail = try reader.string() ?? ""
            case "instance": found.instance = try reader.string() ?? ""
            case "status":
                try reader.skip()
                names += 1
            case "errors":
                try reader.elements { reader in
                    var error = (field: "", message: "")
                    try reader.members { reader, key in
                        switch key {
                        case "field": error.field = try reader.string() ?? ""
                        case "message": error.message = try reader.string() ?? ""
                        default: try reader.skip()
                        }
                    }
                    found.errors.append(error)
                }
            default: try reader.skip()
            }
        }
        found.isPresent = names > 0
        self = found
    }

    /// What the service said in one line, without addresses and no longer than a log line bears.
    var text: String {
        let fields = errors.map { $0.field.isEmpty ? $0.message : "\($0.field): \($0.message)" }
        let said = fields.isEmpty ? [detail.isEmpty ? title : detail] : fields
        return Self.masked(said.joined(separator: "; "))
    }

    /// A text without the addresses in it, in one line.
    static func masked(_ text: String) -> String {
        let words = text.split(separator: " ").map { $0.contains("@") ? "(address)" : $0 }
        return String(words.joined(separator: " ").prefix(300).filter { !$0.isNewline })
    }
}
