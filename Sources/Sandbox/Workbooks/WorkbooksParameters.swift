/// The parameters of one call, from the URL and the body together (workbooks.md §1).
struct WorkbooksParameters: Sendable {
    private var values: [String: [String]] = [:]
    /// The names in the order of their first occurrence.
    private(set) var names: [String] = []

    /// Gathers the parameters of a request; a JSON body's arrays become parameters with `[]`.
    init(_ request: SandboxRequest) {
        for (name, value) in request.query { add(name, value) }
        guard !request.body.isEmpty else { return }
        if request.mediaType == "application/json" {
            for (name, value) in request.json?.objectValue ?? [:] { add(name, value) }
        } else {
            for (name, value) in request.form { add(name, value) }
        }
    }

    /// The last value of a parameter; nil when it is absent.
    func last(_ name: String) -> String? { values[name]?.last }

    /// The values under exactly this name.
    func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The values of an array, whose single element may come without `[]`.
    func array(_ name: String) -> [String] { (values[name] ?? []) + (values[name + "[]"] ?? []) }

    /// Whether a flag is given and true in one of the spellings of §4.
    func isTrue(_ name: String) -> Bool { last(name).map(Self.isTrue) ?? false }

    /// Whether a text is one of the spellings of true; everything else is false (§4).
    static func isTrue(_ text: String) -> Bool {
        ["true", "t", "on", "1", "yes", "y"].contains(text.lowercased())
    }

    private mutating func add(_ name: String, _ value: String) {
        if values[name] == nil { names.append(name) }
        values[name, default: []].append(value)
    }

    private mutating func add(_ name: String, _ value: SandboxJSON) {
        if let elements = value.arrayValue {
            for element in elements { add(name + "[]", Self.text(element)) }
        } else {
            add(name, Self.text(value))
        }
    }

    /// A JSON value as the parameter that means the same.
    static func text(_ value: SandboxJSON) -> String {
        switch value {
        case .string(let text): text
        case .null: ":null_value:"
        case .bool(let flag): flag ? "1" : "0"
        default: value.text
        }
    }
}
