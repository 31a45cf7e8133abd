/// Where something was said about consent: each source is lifted only by itself (design §3).
package enum ConsentSource: Hashable, Comparable, Sendable, Codable {
    /// A provider account.
    case account(AccountID)
    /// The CRM record whose flag was set.
    case record(RecordID)
    /// The operator, when the address was erased.
    case erasure

    package static func < (left: ConsentSource, right: ConsentSource) -> Bool {
        switch (left, right) {
        case (.account(let a), .account(let b)): a < b
        case (.record(let a), .record(let b)): a < b
        case (.account, .record), (.account, .erasure), (.record, .erasure): true
        case (.record, .account), (.erasure, _): false
        }
    }

    /// The stored spelling, such as `account constant-contact` or `person 4711`.
    package var text: String {
        switch self {
        case .account(let account): "account \(account.rawValue)"
        case .record(let record): record.description
        case .erasure: Self.erasureText
        }
    }

    /// Reads the stored spelling; nil when it is none.
    package init?(text: String) {
        if text == Self.erasureText {
            self = .erasure
            return
        }
        guard let blank = text.firstIndex(of: " ") else { return nil }
        let rest = String(text[text.index(after: blank)...])
        switch text[..<blank] {
        case "account": self = .account(AccountID(rest))
        case "person": guard let id = Int64(rest) else { return nil }; self = .record(RecordID(.person, id))
        case "lead": guard let id = Int64(rest) else { return nil }; self = .record(RecordID(.lead, id))
        default: return nil
        }
    }

    private static let erasureText = "erasure"
}
