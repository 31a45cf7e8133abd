/// Reads the members of a JSON object strictly and gathers what is wrong, since one answer names it all.
///
/// Unknown members are ignored, as the service does; null is as good as absent.
struct MailchimpBody {
    let object: [String: SandboxJSON]
    private(set) var errors: [MailchimpProblem.FieldError] = []
    private let prefix: String

    init(_ object: [String: SandboxJSON], prefix: String = "") {
        self.object = object
        self.prefix = prefix
    }

    /// Notes what is wrong with a field.
    mutating func complain(_ field: String, _ message: String) {
        errors.append(MailchimpProblem.FieldError(field: prefix + field, message: message))
    }

    /// Takes over what is wrong with an object within.
    mutating func take(_ inner: MailchimpBody) {
        errors += inner.errors
    }

    /// - Throws: `MailchimpProblem` when anything is wrong.
    func finish() throws {
        if !errors.isEmpty { throw MailchimpProblem.invalid(errors) }
    }

    /// Whether there is a member that says something.
    func has(_ name: String) -> Bool { given(name) != nil }

    mutating func text(_ name: String, isRequired: Bool = false) -> String? {
        guard let value = given(name) else {
            if isRequired { complain(name, "This value should not be blank.") }
            return nil
        }
        guard let text = value.stringValue else {
            complain(name, "Schema describes string, \(Self.kind(value)) found instead")
            return nil
        }
        if isRequired, text.trimmingBlanks().isEmpty { complain(name, "This value should not be blank.") }
        return text
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let value = given(name) else { return nil }
        guard let flag = value.boolValue else {
            complain(name, "Schema describes boolean, \(Self.kind(value)) found instead")
            return nil
        }
        return flag
    }

    mutating func integer(_ name: String) -> Int? {
        guard let value = given(name) else { return nil }
        guard let number = value.intValue else {
            complain(name, "Schema describes integer, \(Self.kind(value)) found instead")
            return nil
        }
        return number
    }

    mutating func choice(_ name: String, of choices: [String], isRequired: Bool = false) -> String? {
        guard let text = text(name, isRequired: isRequired) else { return nil }
        guard choices.contains(text) else {
            complain(name, "Value must be one of: \(choices.joined(separator: ", ")).")
            return nil
        }
        return text
    }

    mutating func member(_ name: String) -> [String: SandboxJSON]? {
        guard let value = given(name) else { return nil }
        guard let object = value.objectValue else {
            complain(name, "Schema describes object, \(Self.kind(value)) found instead")
            return nil
        }
        return object
    }

    mutating func elements(_ name: String, most: Int = .max, isRequired: Bool = false) -> [SandboxJSON]? {
        guard let value = given(name) else {
            if isRequired { complain(name, "This value should not be blank.") }
            return nil
        }
        guard let elements = value.arrayValue else {
            complain(name, "Schema describes array, \(Self.kind(value)) found instead")
            return nil
        }
        guard elements.count <= most else {
            complain(name, "This collection should contain \(most) elements or less.")
            return nil
        }
        return elements
    }

    mutating func texts(_ name: String, most: Int = .max) -> [String]? {
        guard let elements = elements(name, most: most) else { return nil }
        let texts = elements.compactMap(\.stringValue)
        guard texts.count == elements.count else {
            complain(name, "Schema describes an array of strings")
            return nil
        }
        return texts
    }

    /// The name of a value's type, as the schema has it.
    static func kind(_ value: SandboxJSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    private func given(_ name: String) -> SandboxJSON? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }
}
