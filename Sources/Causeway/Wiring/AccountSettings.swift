import Foundation

/// How a Workbooks database is reached; stored with the account, its key sealed beside it.
struct WorkbooksAccountSettings: Codable, Sendable {
    static let kind = "workbooks"
    static let apiKey = "api-key"

    var url: String
    var perSecond: Double?
    /// The user as whom the key writes.
    var userID: Int64?
}

/// How a Constant Contact account is reached; stored with the account, secret and tokens sealed beside it.
struct ConstantContactAccountSettings: Codable, Sendable {
    static let kind = "constant-contact"
    static let clientSecret = "client-secret"
    static let apiURL = "https://api.cc.email/v3"
    static let authURL = "https://authz.constantcontact.com/oauth2/default/v1"

    var apiURL: String
    var authURL: String
    var clientID: String
    var dailyLimit: Int?
    var perSecond: Double?
}

/// How an audience of a Mailchimp account is reached; stored with the account, its credential sealed beside it.
struct MailchimpAccountSettings: Codable, Sendable {
    static let kind = "mailchimp"
    static let apiKey = "api-key"
    static let accessToken = "access-token"

    /// The base of the API, with `/3.0`; nil for the data centre of the API key.
    var apiURL: String?
    var audience: String
    var perSecond: Double?
    /// Calls that Causeway makes at once; the service allows ten to one user, whatever programs share them.
    var concurrency: Int?
}

/// The settings of accounts as the text that is stored.
enum AccountSettingsText {
    static func encode(_ settings: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(settings), as: UTF8.self)
    }

    static func decode<Settings: Decodable>(_ type: Settings.Type, from text: String) throws -> Settings {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
