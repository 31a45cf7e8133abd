import Foundation
import Reconciliation

/// Values as the JSON that scripts read: one document, or one a line for lists; keys as documented in design §8.
enum JSONOutput {
    /// Prints one document.
    static func print(_ value: some Encodable) throws {
        Console.line(try text(value))
    }

    /// Prints one document a line.
    static func printLines(_ values: [some Encodable]) throws {
        for value in values { try print(value) }
    }

    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension Timestamp {
    /// The moment as `2026-03-02T14:31:08Z`.
    var text: String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
    }

    /// Reads `2026-03-02T14:31:08Z`, also with a fraction of the second, or `2026-03-02`.
    init?(text: String) {
        let day = Date.ISO8601FormatStyle().year().month().day()
        let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let date =
            (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: fraction))
            ?? (try? Date(text, strategy: day))
        guard let date else { return nil }
        self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
    }
}

/// A key whose part is not built yet: always `null` (design §8).
struct NotBuilt: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}
