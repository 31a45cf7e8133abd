import Bridge
import HTTPCalls
import NIOCore
import Reconciliation

/// A call that did not succeed: the error that the engine is to see, and whether the client may try again by itself.
struct CallFailure: Sendable {
    /// When a call may be repeated without asking anybody.
    private enum Repetition: Sendable {
        case never
        /// Only a read: it is not certain that nothing was done.
        case reads
        /// Any call: the service did not take it.
        case always
        /// Any call, after the pause that goes with "too fast".
        case afterThrottling(seconds: Int?)
    }

    let error: PortError
    private let repetition: Repetition

    private init(_ error: PortError, _ repetition: Repetition) {
        self.error = error
        self.repetition = repetition
    }

    /// The pause in milliseconds before the call is repeated; nil when it must not be, or has been often enough.
    func pause(_ count: Int, isRead: Bool, _ backoff: Backoff) -> Int64? {
        guard count < Backoff.repetitions else { return nil }
        return switch repetition {
        case .never: nil
        case .reads: isRead ? backoff.pause(count) : nil
        case .always: backoff.pause(count)
        case .afterThrottling(let seconds): backoff.pauseAfterThrottling(count, retryAfterSeconds: seconds)
        }
    }

    /// A success whose body is not what it should be.
    ///
    /// A change was made all the same, but nobody knows to what.
    static func unreadable(_ answer: ServiceAnswer, _ request: ServiceRequest, at offset: Int) -> CallFailure {
        let detail = "the answer of \(answer.body.readableBytes) bytes is not the JSON it should be (byte \(offset))"
        let code: PortError.Code = request.isRead ? .unreadableAnswer : .unknownOutcome
        return CallFailure(
            PortError(code, operation: request.operation, detail: detail, status: answer.status),
            .reads
        )
    }

    /// Reads what went wrong from anything but a success.
    init(_ outcome: Transport.Outcome, _ request: ServiceRequest, now: Timestamp) {
        let operation = request.operation
        switch outcome {
        case .answered(let answer):
            self.init(answer, request, now: now)
        case .unreachable(let reason):
            let detail = "Constant Contact could not be reached: \(reason)"
            self.init(PortError(.unavailable, operation: operation, detail: detail), .never)
        case .notSent(let reason):
            let detail = "the connection closed before the request was sent: \(reason)"
            self.init(PortError(.unavailable, operation: operation, detail: detail), .always)
        case .lost(let reason):
            let code: PortError.Code = request.isRead ? .unavailable : .unknownOutcome
            let detail = "no answer came after the request was sent: \(reason)"
            self.init(PortError(code, operation: operation, detail: detail), .reads)
        }
    }

    private init(_ answer: ServiceAnswer, _ request: ServiceRequest, now: Timestamp) {
        let report = FailureReport(answer)
        let said = report.text.isEmpty ? "no reason was given" : report.text
        func error(_ code: PortError.Code, _ detail: String) -> PortError {
            PortError(code, operation: request.operation, detail: detail, status: answer.status)
        }

        switch answer.status {
        case 401:
            let detail = "the service refuses a token that was renewed just now (\(said)); connect the account again"
            self.init(error(.needsAuthorisation, detail), .never)
        case 403:
            let detail =
                "\(said); the application may be switched off, a scope missing, or the user who connected the account"
                + " may lack the privilege; compare with GET /account/user/privileges"
            self.init(error(.forbidden, detail), .never)
        case 404, 410:
            self.init(error(.notFound, said), .never)
        case 409:
            self.init(error(.conflict(existing: report.namedID), said), .never)
        case 400 where report.isConflict:
            self.init(error(.conflict(existing: report.namedID), said), .never)
        case 429:
            self.init(tooMany: report, answer, request, now: now)
        case 500... where request.isRead:
            self.init(error(.unavailable, said), .reads)
        case 500...:
            let detail = "\(said); whether the change was made is not known"
            self.init(error(.unknownOutcome, detail), .never)
        case 300..<400:
            self.init(error(.unreadableAnswer, "the service sends the call elsewhere; check the API address"), .never)
        default:
            self.init(error(.refused, said), .never)
        }
    }

    /// The three kinds of 429 (constant-contact.md §4).
    private init(tooMany report: FailureReport, _ answer: ServiceAnswer, _ request: ServiceRequest, now: Timestamp) {
        func error(_ code: PortError.Code, _ detail: String) -> PortError {
            PortError(code, operation: request.operation, detail: detail, status: answer.status)
        }
        if report.isQuotaSpent {
            let until = ServiceTime.nextMidnight(after: now)
            self.init(error(.quotaSpent(until: until), "the API key's calls of this day are used up"), .never)
        } else if request.queuesActivity, !report.isThrottled, report.isArray || !report.keys.isEmpty {
            self.init(error(.queueFull, "more than 1,000 bulk activities wait; let some of them end"), .never)
        } else {
            let seconds = answer.retryAfterSeconds
            self.init(
                error(.throttled(retryAfterSeconds: seconds), "too many calls for one second"),
                .afterThrottling(seconds: seconds)
            )
        }
    }
}
