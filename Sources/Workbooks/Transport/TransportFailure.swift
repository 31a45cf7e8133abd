import AsyncHTTPClient
import Bridge
import Foundation
import NIOCore
import NIOPosix

/// Why there is no last answer to a call.
enum TransportFailure: Error {
    /// Nothing was sent: the connection could not be made.
    case notSent(String)
    /// The request may have reached the service.
    case answerLost(String)
    /// The service sent the caller to its login page; `early` when that was its first word.
    case loginPage(early: Bool)
    /// The service redirected to where no request of ours goes.
    case strayRedirect(String)
    /// The service kept the request on its delaying URLs for too long.
    case delayedTooLong
    /// The answer was longer than any that can be right.
    case tooLarge

    /// Sorts what the HTTP client threw.
    ///
    /// A connection that ended counts as a lost answer: whether anything was sent cannot be told from it.
    init(_ error: any Error) {
        switch error {
        case is NIOConnectionError:
            self = .notSent("the server cannot be reached")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            self = .notSent("the server refuses connections")
        case let error as HTTPClientError where Self.beforeSending.contains(error):
            self = .notSent(error.shortDescription)
        case let error as HTTPClientError:
            self = .answerLost(error.shortDescription)
        case is NIOTooManyBytesError:
            self = .tooLarge
        default:
            self = .answerLost("the connection failed")
        }
    }

    private static let beforeSending: [HTTPClientError] = [
        .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout,
        .socksHandshakeTimeout, .alreadyShutdown,
    ]

    /// What the engine is told of it.
    func portError(for call: WorkbooksCall) -> PortError {
        let mayHaveTakenEffect = call.kind == .write && !isWithoutEffect
        let code: PortError.Code = mayHaveTakenEffect ? .unknownOutcome : readCode
        return PortError(code, operation: call.operation, detail: detail)
    }

    /// Whether the service certainly did nothing.
    private var isWithoutEffect: Bool {
        switch self {
        case .notSent: true
        case .loginPage(let early): early
        case .answerLost, .strayRedirect, .delayedTooLong, .tooLarge: false
        }
    }

    private var readCode: PortError.Code {
        switch self {
        case .notSent, .answerLost, .loginPage, .strayRedirect: .unavailable
        case .delayedTooLong: .throttled(retryAfterSeconds: nil)
        case .tooLarge: .unreadableAnswer
        }
    }

    /// Whether the same read may be tried again soon.
    var mayRepeatAtOnce: Bool {
        switch self {
        case .notSent, .answerLost, .loginPage: true
        case .strayRedirect, .delayedTooLong, .tooLarge: false
        }
    }

    private var detail: String {
        switch self {
        case .notSent(let why): "Workbooks could not be reached (\(why)); check the URL and the network"
        case .answerLost(let why): "no answer came back from Workbooks (\(why))"
        case .loginPage: "Workbooks answered with its login page, as it does while a service is restarted"
        case .strayRedirect(let why): "Workbooks redirected the request \(why); it was not followed"
        case .delayedTooLong: "Workbooks kept the request waiting on its delaying URLs for too long"
        case .tooLarge: "the answer of Workbooks is larger than any that was asked for"
        }
    }
}
