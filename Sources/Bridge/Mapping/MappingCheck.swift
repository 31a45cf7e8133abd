import Reconciliation

/// Holds a new row of an attribute table against both sides' metadata, before anything is stored or sent (design §4).
package enum MappingCheck {
    /// An attribute that can be mapped, and the kind of record that alone has it; nil when both have it.
    package struct Choice: Sendable, Hashable {
        package var attribute: CRMAttribute
        package var only: RecordKind?

        package init(attribute: CRMAttribute, only: RecordKind?) {
            self.attribute = attribute
            self.only = only
        }
    }

    /// Finds the attribute that an operator named, by its name or its title.
    ///
    /// - Parameters:
    ///   - text: what was typed; capitals do not matter.
    ///   - attributes: the attributes of each kind of record, from metadata.
    ///   - only: the kind that was asked for; nil for every kind that has it.
    /// - Throws: `MappingProblem`: unknown (with near names), ambiguous, or on another kind than was asked for.
    package static func choose(
        _ text: String,
        among attributes: [RecordKind: [CRMAttribute]],
        only: RecordKind?
    ) throws(MappingProblem) -> Choice {
        let name = try name(for: text, among: attributes)
        let found = attributes.compactMapValues { list in list.first { $0.name == name } }
        guard let attribute = found[.person] ?? found[.lead] else {
            throw .unknown(text, near: nearNames(to: text, among: attributes))
        }
        let alone = found.count == 1 ? found.keys.first : nil
        if let only, let alone, only != alone { throw .otherKind(attribute: name, has: alone, asked: only) }
        return Choice(attribute: found[only ?? .person] ?? attribute, only: alone ?? only)
    }

    /// Whether a provider's field takes what the attribute holds.
    ///
    /// - Returns: what an operator should know though it fits, such as that longer values are cut; nil when nothing.
    /// - Throws: `MappingProblem.type` when the field cannot take the attribute's values.
    package static func fit(
        _ attribute: CRMAttribute,
        into field: ProviderField,
        longestValue: Int
    ) throws(MappingProblem) -> String? {
        guard accepts(field.dataType, attribute.dataType) else {
            throw .type(
                attribute: attribute.name,
                type: attribute.dataType,
                field: field.name,
                fieldType: field.dataType
            )
        }
        guard textTypes.contains(attribute.dataType), takesText(field.dataType) else { return nil }
        let room = field.maximumLength ?? longestValue
        if let longest = attribute.maximumLength, longest <= room { return nil }
        let length = attribute.maximumLength.map { "up to \($0) characters" } ?? "any number of characters"
        return "\(attribute.name) holds \(length), the field “\(field.name)” \(room): longer values are cut"
    }

    private static let textTypes: Set<String> = ["string", "text"]

    private static func takesText(_ fieldType: String) -> Bool {
        ["string", "text_area", "text", ""].contains(fieldType)
    }

    /// A text field takes everything; every other field takes what is written as it expects.
    private static func accepts(_ fieldType: String, _ attributeType: String) -> Bool {
        switch fieldType {
        case _ where takesText(fieldType): true
        case "date": attributeType == "date"
        case "datetime": attributeType == "datetime"
        case "number": attributeType == "integer" || attributeType == "float" || attributeType == "decimal"
        case "boolean": attributeType == "boolean"
        default: false
        }
    }

    private static func name(
        for text: String,
        among attributes: [RecordKind: [CRMAttribute]]
    ) throws(MappingProblem) -> String {
        let all = attributes.values.joined()
        if all.contains(where: { $0.name == text }) { return text }
        let wanted = text.lowercased()
        let names = Set(all.filter { $0.name.lowercased() == wanted || $0.title.lowercased() == wanted }.map(\.name))
        if names.count > 1 { throw .ambiguous(text, names: names.sorted()) }
        guard let name = names.first else { throw .unknown(text, near: nearNames(to: text, among: attributes)) }
        return name
    }

    /// Names that somebody who typed the text may have meant, the nearest first.
    private static func nearNames(to text: String, among attributes: [RecordKind: [CRMAttribute]]) -> [String] {
        let wanted = text.lowercased()
        var distances: [String: Int] = [:]
        for attribute in attributes.values.joined() {
            for candidate in [attribute.name.lowercased(), attribute.title.lowercased()] where !candidate.isEmpty {
                let isPart = wanted.count > 2 && (candidate.contains(wanted) || wanted.contains(candidate))
                let distance = isPart ? 1 : EditDistance.between(wanted, candidate)
                distances[attribute.name] = min(distances[attribute.name] ?? .max, distance)
            }
        }
        let limit = max(2, wanted.count / 3)
        return distances.filter { $0.value <= limit }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(5).map(\.key)
    }
}

/// How many single characters have to be put in, taken out or exchanged to make one text of another.
enum EditDistance {
    static func between(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
        var row = Array(0...right.count)
        for (line, scalar) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (scalar == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
