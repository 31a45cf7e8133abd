import Foundation

/// Replaces secrets in what the exchange log writes.
enum Redaction {
    private static let parameterNames: Set<String> = [
        "api_key", "password", "session_id", "_authenticity_token", "client_secret", "refresh_token", "access_token",
        "code", "code_verifier",
    ]
    private static let memberNames = [
        "access_token", "refresh_token", "session_id", "authenticity_token", "secret_key", "signing_secret",
    ]

    /// The value of a header, without what follows the scheme of an authorisation or the name of a cookie.
    static func header(_ name: String, _ value: String) -> String {
        switch name.lowercased() {
        case "authorization":
            value.split(separator: " ", maxSplits: 1).first.map { "\($0) ***" } ?? "***"
        case "cookie", "set-cookie":
            value.split(separator: "=", maxSplits: 1).first.map { "\($0)=***" } ?? "***"
        default: value
        }
    }

    /// A form or a request target whose secret parameters are hidden.
    static func parameters(_ text: String) -> String {
        guard parameterNames.contains(where: text.contains) else { return text }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let pairs = (parts.last ?? "").split(separator: "&", omittingEmptySubsequences: false).map { pair in
            let name = pair.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
            return parameterNames.contains(name) ? "\(name)=***" : String(pair)
        }
        return (parts.count > 1 ? "\(parts[0])?" : "") + pairs.joined(separator: "&")
    }

    /// A JSON text whose secret string members are hidden.
    static func members(_ text: String) -> String {
        var result = text
        for name in memberNames where result.contains("\"\(name)\"") {
            result = result.replacingOccurrences(
                of: "\"\(name)\"\\s*:\\s*\"[^\"]*\"",
                with: "\"\(name)\":\"***\"",
                options: .regularExpression
            )
        }
        return result
    }
}
