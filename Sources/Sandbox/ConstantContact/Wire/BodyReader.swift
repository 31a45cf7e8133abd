/// Reads the members of a JSON object strictly and collects every problem, since one answer names them all (§2.1).
///
/// Null is as good as absent, and unknown members are ignored.
struct BodyReader {
    let object: [String: SandboxJSON]
    private(set) var problems: [String] = []

    init(_ object: [String: SandboxJSON]) {
        self.object = object
    }

    mutating func complain(_ problem: String) {
        problems.append(problem)
    }

    mutating func takeProblems(of other: BodyReader) {
        problems += other.problems
    }

    /// - Throws: `ConstantContactRefusal` when there was any problem.
    func finish() throws {
        if !problems.isEmpty { throw ConstantContactRefusal.invalid(problems) }
    }

    /// A text; nil when it is absent or blank.
    mutating func text(_ name: String, most: Int) -> String? {
        guard let value = given(name) else { return nil }
        guard let text = value.stringValue else {
            complain("\(name) must be a string")
            return nil
        }
        guard text.count <= most else {
            complain("\(name) must not be longer than \(most) characters")
            return nil
        }
        return text.allSatisfy(\.isWhitespace) ? nil : text
    }

    /// One of several texts; nil when it is absent.
    mutating func choice(_ name: String, of choices: Set<String>) -> String? {
        guard let value = given(name) else { return nil }
        guard let text = value.stringValue, choices.contains(text) else {
            complain("\(name) must be one of \(choices.sorted().joined(separator: ", "))")
            return nil
        }
        return text
    }

    mutating func integer(_ name: String) -> Int? {
        guard let value = given(name) else { return nil }
        guard let number = value.intValue else {
            complain("\(name) must be a whole number")
            return nil
        }
        return number
    }

    mutating func flag(_ name: String) -> Bool? {
        guard let value = given(name) else { return nil }
        guard let flag = value.boolValue else {
            complain("\(name) must be true or false")
            return nil
        }
        return flag
    }

    /// An array of UUIDs without repetitions; nil when it is absent.
    mutating func ids(_ name: String, most: Int) -> [String]? {
        guard let value = given(name) else { return nil }
        let ids = value.arrayValue?.compactMap(\.stringValue).map { $0.lowercased() }
        guard let ids, ids.count == value.arrayValue?.count, ids.allSatisfy(Identifier.isUUID) else {
            complain("\(name) must be an array of ids")
            return nil
        }
        guard ids.count <= most else {
            complain("\(name) must not have more than \(most) ids")
            return nil
        }
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }
    }

    /// An object; nil when it is absent.
    mutating func member(_ name: String) -> BodyReader? {
        guard let value = given(name) else { return nil }
        guard let object = value.objectValue else {
            complain("\(name) must be an object")
            return nil
        }
        return BodyReader(object)
    }

    /// An array of objects; nil when it is absent.
    mutating func members(_ name: String, most: Int) -> [BodyReader]? {
        guard let value = given(name) else { return nil }
        guard let elements = value.arrayValue else {
            complain("\(name) must be an array")
            return nil
        }
        guard elements.count <= most else {
            complain("\(name) must not have more than \(most) elements")
            return nil
        }
        let objects = elements.compactMap(\.objectValue)
        guard objects.count == elements.count else {
            complain("\(name) must be an array of objects")
            return nil
        }
        return objects.map(BodyReader.init)
    }

    /// The value of a member that says something.
    private func given(_ name: String) -> SandboxJSON? {
        guard let value = object[name] else { return nil }
        if case .null = value { return nil }
        return value
    }
}
