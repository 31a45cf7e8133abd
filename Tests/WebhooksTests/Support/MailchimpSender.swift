import Crypto
import Foundation
import HTTPTypes
import Webhooks

/// Signs as Mailchimp does, by its own reading of mailchimp.md §9.
struct MailchimpSender {
    static let vectorSecret = "demo-signing-secret"
    static let vectorTime: Int64 = 1_767_604_500
    static let vectorCode = "27782da04e8eec505cb02e46c6321cd75c9378e4da5b81ce9c988469fab080a0"
    static let path = "/webhooks/mailchimp/mailchimp/"

    var secret = vectorSecret

    /// The code of a body at a time.
    func code(_ body: String, at seconds: Int64) -> String {
        let key = SymmetricKey(data: Data(secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(seconds).\(body)".utf8), using: key)
        return code.map { String(format: "%02x", $0) }.joined()
    }

    /// The header of a body at a time.
    func headers(_ body: String, at seconds: Int64) -> HTTPFields {
        Self.headers("t=\(seconds),v1=\(code(body, at: seconds))")
    }

    static func headers(_ value: String) -> HTTPFields {
        var fields: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        if let name = HTTPField.Name("X-Mailchimp-Signature") { fields[name] = value }
        return fields
    }

    static func sample(_ name: String) throws -> String {
        String(decoding: try Repository.samples(of: "mailchimp")[name] ?? [], as: UTF8.self)
    }
}
