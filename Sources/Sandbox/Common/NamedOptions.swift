import Foundation

/// Options of a simulated service that `POST /_sandbox/options` changes by name.
package protocol NamedOptions: Codable {
    /// Makes the default behaviour.
    init()
}

extension NamedOptions {
    /// These options with some of them replaced by name.
    ///
    /// - Parameter changes: an object whose members are named like the properties.
    /// - Throws: `OptionError` for an unknown name or a value of the wrong kind.
    func changed(by changes: [String: SandboxJSON]) throws -> Self {
        // An option that is nil is not encoded, so the names are taken from the type.
        let names = Set(Mirror(reflecting: Self()).children.compactMap(\.label))
        var members = try currentMembers()
        for (name, value) in changes {
            guard names.contains(name) else { throw OptionError(reason: "there is no option \(name)") }
            members[name] = value
        }
        let text = SandboxJSON.object(members).text
        do {
            return try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            throw OptionError(reason: "an option has a value of the wrong kind: \(error)")
        }
    }

    /// The options as JSON.
    ///
    /// - Throws: when they cannot be written.
    func currentMembers() throws -> [String: SandboxJSON] {
        let data = try JSONEncoder().encode(self)
        guard let members = SandboxJSON(parsing: Array(data))?.objectValue else {
            throw OptionError(reason: "the options cannot be written as JSON")
        }
        return members
    }
}

/// A change of options that cannot be made.
struct OptionError: Error {
    let reason: String
}
