/// The body of a webhook: a form with bracketed keys, one of the events of mailchimp.md §9.
struct WebhookForm: Sendable {
    /// The pairs in order.
    var pairs: [(name: String, value: String)]

    /// Starts a body with its envelope.
    init(type: String, firedAt: Double) {
        pairs = [("type", type), ("fired_at", MailchimpTime.blankForm(firedAt))]
    }

    /// Adds a value below `data`, at a path of keys.
    mutating func add(_ path: String..., value: String) {
        pairs.append(("data" + path.map { "[\($0)]" }.joined(), value))
    }

    /// Adds a JSON value below `data`: objects and arrays become further keys.
    mutating func add(_ path: [String], json value: SandboxJSON) {
        switch value {
        case .object(let members):
            for name in members.keys.sorted() { add(path + [name], json: members[name] ?? .null) }
        case .array(let elements):
            for (index, element) in elements.enumerated() { add(path + [String(index)], json: element) }
        default: pairs.append(("data" + path.map { "[\($0)]" }.joined(), Self.text(value)))
        }
    }

    /// A value as the text that forms, which know no types, have for it.
    static func text(_ value: SandboxJSON) -> String {
        switch value {
        case .string(let text): text
        case .null: ""
        case .bool(let flag): flag ? "1" : ""
        default: value.text
        }
    }

    /// The value of the first pair of a name.
    func value(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The body on the wire: `application/x-www-form-urlencoded`, brackets escaped.
    var encoded: [UInt8] {
        Array(pairs.map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }.joined(separator: "&").utf8)
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " "): out += "+"
            default: out += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }
}
