import Bridge
import HTTPCalls
import NIOHTTP1

/// What the body of a failed answer says, in whichever of its shapes it came (constant-contact.md §2.1).
///
/// An array of `error_key` and `error_message`; one such object; the gateway's `message`; the authorisation
/// server's `error` and `error_description`; or anything at all, which then says nothing.
struct FailureReport: Sendable {
    private(set) var keys: [String] = []
    private(set) var messages: [String] = []
    /// Whether the body was an array, the shape of the API proper rather than of what stands in front of it.
    private(set) var isArray = false

    init(_ answer: ServiceAnswer) {
        var found = FailureReport()
        do {
            try answer.decode { reader in
                found.isArray = try reader.elements { try found.readItem(&$0) }
            }
            if !found.isArray {
                try answer.decode { try found.readItem(&$0) }
            }
            self = found
        } catch {
            // HTML, nothing, half a document: the status has to do.
            self = FailureReport()
        }
    }

    private init() {}

    var isQuotaSpent: Bool { keys.contains("quota_exceeded") }
    var isThrottled: Bool { keys.contains("throttled") }
    var isConflict: Bool { keys.contains("contacts.api.conflict") }

    /// The id of the thing that is in the way, where a message names one ("Email already exists for contact …").
    var namedID: String? {
        for message in messages {
            for word in message.split(whereSeparator: { !($0.isHexDigit || $0 == "-") }) where Self.isUUID(word) {
                return word.lowercased()
            }
        }
        return nil
    }

    /// The messages in one line, without addresses and no longer than a log line bears.
    var text: String {
        let masked = messages.map { message in
            message.split(separator: " ").map { $0.contains("@") ? "(address)" : $0 }.joined(separator: " ")
        }
        let joined = (masked.isEmpty ? keys : masked).joined(separator: "; ")
        return String(joined.prefix(300).filter { !$0.isNewline })
    }

    private mutating func readItem(_ reader: inout JSONReader) throws {
        try reader.members { reader, key in
            switch key {
            case "error_key", "error":
                if let key = try reader.string() { keys.append(key) }
            case "error_message", "error_description", "message":
                if let message = try reader.string() { messages.append(message) }
            default:
                try reader.skip()
            }
        }
    }

    private static func isUUID(_ word: Substring) -> Bool {
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12]
    }
}

extension CallResult {
    /// What an answer means for pace and budget.
    init(_ answer: ServiceAnswer) {
        switch answer.status {
        case 429:
            let report = FailureReport(answer)
            self = report.isQuotaSpent ? .quotaSpent : .throttled(retryAfterSeconds: answer.retryAfterSeconds)
        case 500...:
            self = .failed
        default:
            self = .answered
        }
    }
}
