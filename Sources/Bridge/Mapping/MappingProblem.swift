import Reconciliation

/// Why an attribute cannot be mapped to a provider's field.
package enum MappingProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// No record has an attribute of that name or title.
    case unknown(String, near: [String])
    /// Several attributes have that title.
    case ambiguous(String, names: [String])
    /// Only the other kind of record has the attribute.
    case otherKind(attribute: String, has: RecordKind, asked: RecordKind)
    /// The field cannot take the attribute's values.
    case type(attribute: String, type: String, field: String, fieldType: String)

    package var description: String {
        switch self {
        case .unknown(let text, let near) where near.isEmpty:
            "neither a Person nor a Lead has an attribute “\(text)”; give its name as the CRM's API reference has it"
        case .unknown(let text, let near):
            "neither a Person nor a Lead has an attribute “\(text)”; did you mean \(near.joined(separator: ", "))?"
        case .ambiguous(let text, let names):
            "“\(text)” is the title of several attributes; give the name of one: \(names.joined(separator: ", "))"
        case .otherKind(let attribute, let has, let asked):
            "\(attribute) exists on a \(has.title) only; --only \(asked.rawValue) would map nothing"
        case .type(let attribute, let type, let field, let fieldType):
            "the field “\(field)” is of type \(fieldType) and cannot take \(attribute), which is of type \(type); "
                + "give another name with --to, and a text field is made"
        }
    }
}

extension RecordKind {
    /// The CRM's word for the kind.
    package var title: String {
        switch self {
        case .person: "Person"
        case .lead: "Lead"
        }
    }
}
