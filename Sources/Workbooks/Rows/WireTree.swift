/// Any JSON value, for the parts of an answer whose shape is not fixed: error texts.
indirect enum WireTree: Decodable {
    case nothing
    case leaf(String)
    case list([WireTree])
    case object([String: WireTree])

    init(from decoder: any Decoder) throws {
        do {
            let container = try decoder.container(keyedBy: ColumnKey.self)
            var members: [String: WireTree] = [:]
            for key in container.allKeys { members[key.stringValue] = try container.decode(WireTree.self, forKey: key) }
            self = .object(members)
            return
        } catch DecodingError.typeMismatch {}
        do {
            var container = try decoder.unkeyedContainer()
            var elements: [WireTree] = []
            while !container.isAtEnd { elements.append(try container.decode(WireTree.self)) }
            self = .list(elements)
            return
        } catch DecodingError.typeMismatch {}
        let scalar = try WireScalar(from: decoder)
        self = scalar.text.isEmpty ? .nothing : .leaf(scalar.text)
    }

    /// Every text in the tree, each with the names that lead to it: `email is invalid`.
    var texts: [String] { texts(under: "") }

    private func texts(under name: String) -> [String] {
        switch self {
        case .nothing: []
        case .leaf(let text): [name.isEmpty ? text : "\(name) \(text)"]
        case .list(let elements): elements.flatMap { $0.texts(under: name) }
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { key, value in
                // "[]" and "base" stand for the record itself (workbooks.md §6.4, §6.5).
                value.texts(under: ["[]", "base"].contains(key) ? name : key)
            }
        }
    }
}
