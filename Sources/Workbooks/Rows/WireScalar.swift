/// A single JSON value of whichever type, read as text.
struct WireScalar: Decodable {
    /// The value as text: `true` and `false` for booleans, nothing for null.
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            text = ""
            return
        }
        do {
            text = try container.decode(String.self)
        } catch DecodingError.typeMismatch {
            text = try Self.otherThanText(container)
        }
    }

    /// Whether it is one of the service's words for true; anything else is false (workbooks.md §4).
    var truth: Bool { ["true", "t", "on", "1", "yes", "y"].contains(text.lowercased()) }

    private static func otherThanText(_ container: any SingleValueDecodingContainer) throws -> String {
        do {
            return String(try container.decode(Bool.self))
        } catch DecodingError.typeMismatch {}
        do {
            return String(try container.decode(Int64.self))
        } catch DecodingError.typeMismatch {
        } catch DecodingError.dataCorrupted {}
        return String(try container.decode(Double.self))
    }
}
