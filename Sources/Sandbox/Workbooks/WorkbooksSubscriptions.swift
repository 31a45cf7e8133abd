import Crypto
import Foundation

/// The rules of webhook subscriptions (workbooks.md §10.1).
enum WorkbooksSubscriptions {
    /// The triggers that are known.
    static let triggers: Set<Int> = [1, 3, 5, 7, 9, 11, 13, 14, 16, 18, 20, 22, 24, 26, 28, 30]

    /// The trigger that tells of new records of a type; nil where none is known.
    static func trigger(of resource: WorkbooksResource) -> Int? {
        switch resource {
        case .people: 1
        case .organisations: 3
        case .salesLeads: 5
        case .campaigns: 26
        case .apiData: 30
        case .membershipStatuses, .memberships, .customFields, .picklists, .picklistEntries, .webhookSubscriptions: nil
        }
    }

    /// The key of a record in a delivery: `person` is known, the others are assumed to follow the class's name too.
    static func key(of resource: WorkbooksResource) -> String {
        let name = resource.className.split(separator: ":").last ?? ""
        return name.reduce(into: "") { key, letter in
            if letter.isUppercase, !key.isEmpty { key += "_" }
            key += letter.lowercased()
        }
    }

    /// The secret key of a subscription.
    static func key(number: Int) -> String {
        hexadecimal(SHA256.hash(data: Data("subscription \(number)".utf8)))
    }

    /// What is wrong with a subscription, by attribute.
    static func errors(of record: WorkbooksRecord, _ type: WorkbooksRecordType) -> [String: String] {
        var errors: [String: String] = [:]
        let url = record.value(type.slot("callback_url"), of: type).text ?? ""
        if !url.hasPrefix("https://"), !url.hasPrefix("http://127.0.0.1:"), !url.hasPrefix("http://localhost:") {
            errors["callback_url"] = "is invalid"
        }
        if !triggers.contains(record.value(type.slot("trigger_id"), of: type).int ?? 0) {
            errors["trigger_id"] = "is invalid"
        }
        return errors
    }

    /// The value of `X-Workbooks-Signature` for a body.
    static func signature(of body: [UInt8], secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Data(secret.utf8)))
        return "sha256=\(hexadecimal(code))"
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
