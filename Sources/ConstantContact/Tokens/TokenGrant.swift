import HTTPCalls
import Reconciliation

/// What the token endpoint said to a refresh (constant-contact.md §3.2, §3.3).
enum TokenGrant: Sendable {
    case granted(Tokens)
    /// The refresh token is dead or already used, or the application's credentials are wrong. A person must act.
    case denied(error: String, explanation: String)
    /// Some other refusal, which says nothing about the token either.
    case refused(status: Int, explanation: String)
    /// Too fast. Says nothing about the token.
    case throttled(retryAfterSeconds: Int?)
    /// No readable answer: the token may or may not have been spent.
    case unknown(reason: String)
    /// The service was not reached: the token has not been spent.
    case unreachable(reason: String)

    /// The tokens of a successful answer.
    struct Tokens: Sendable {
        var accessToken: String
        /// The next refresh token; nil when the answer repeats none, and the old one stays.
        var refreshToken: String?
        /// How long the access token lives; nil when the answer does not say.
        var expiresIn: Int?
    }

    /// The errors after which only a person can help (RFC 6749 §5.2).
    private static let finalErrors: Set<String> = ["invalid_grant", "invalid_client", "unauthorized_client"]

    init(_ outcome: Transport.Outcome) {
        switch outcome {
        case .unreachable(let reason), .notSent(let reason):
            self = .unreachable(reason: reason)
        case .lost(let reason):
            self = .unknown(reason: reason)
        case .answered(let answer):
            self.init(answer)
        }
    }

    private init(_ answer: ServiceAnswer) {
        switch answer.status {
        case 200..<300:
            do {
                self =
                    try answer.decode { try Self.read(&$0) }.map { .granted($0) }
                    ?? .unknown(reason: "an answer without an access token")
            } catch {
                self = .unknown(reason: "an answer that cannot be read")
            }
        case 429:
            self = .throttled(retryAfterSeconds: answer.retryAfterSeconds)
        case 400..<500:
            let report = FailureReport(answer)
            let error = report.keys.first ?? "HTTP \(answer.status)"
            let isFinal = Self.finalErrors.contains(error) || answer.status == 401
            self =
                isFinal
                ? .denied(error: error, explanation: report.text)
                : .refused(status: answer.status, explanation: report.text.isEmpty ? error : report.text)
        default:
            self = .unknown(reason: "HTTP \(answer.status)")
        }
    }

    private static func read(_ reader: inout JSONReader) throws -> Tokens? {
        var tokens = Tokens(accessToken: "")
        try reader.members { reader, key in
            switch key {
            case "access_token": tokens.accessToken = try reader.string() ?? ""
            case "refresh_token": tokens.refreshToken = try reader.string()
            case "expires_in": tokens.expiresIn = try reader.integer()
            default: try reader.skip()
            }
        }
        if tokens.refreshToken?.isEmpty == true { tokens.refreshToken = nil }
        return tokens.accessToken.isEmpty ? nil : tokens
    }
}
