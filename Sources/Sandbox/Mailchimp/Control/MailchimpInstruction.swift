/// The body of a control.
struct MailchimpInstruction {
    let object: [String: SandboxJSON]

    /// A text that has to be there.
    ///
    /// - Throws: `OptionError` when it is not.
    func text(_ name: String) throws -> String {
        guard let text = object[name]?.stringValue else { throw OptionError(reason: "\(name) is required") }
        return text
    }

    func optionalText(_ name: String) -> String? { object[name]?.stringValue }

    func integer(_ name: String) -> Int? { object[name]?.intValue }

    func fraction(_ name: String) -> Double { object[name]?.doubleValue ?? 0 }

    func flag(_ name: String) -> Bool { object[name]?.boolValue ?? false }

    func texts(_ name: String) -> [String]? { object[name]?.arrayValue?.compactMap(\.stringValue) }

    func members(_ name: String) -> [String: SandboxJSON] { object[name]?.objectValue ?? [:] }
}
