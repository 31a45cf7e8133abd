import Bridge
import HTTPCalls
import NIOCore

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
    /// What the service calls this occurrence, for its support.
    private(set) var instance = ""
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
    ///
    /// - Parameter edge: counts the refusals that do not come from the service itself.
    init(_ outcome: Transport.Outcome, _ request: ServiceRequest, edge: EdgeRefusals) {
        let operation = request.operation
        switch outcome {
        case .answered(let answer):
            self.init(answer, request, edge)
        case .unreachable(let reason):
            let detail = "Mailchimp could not be reached: \(reason)"
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

    private init(_ answer: ServiceAnswer, _ request: ServiceRequest, _ edge: EdgeRefusals) {
        let report = ProblemReport(answer)
        if answer.status == 403, !report.isPresent {
            self.init(refusedByTheEdge: answer, request, inARow: edge.refused())
            return
        }
        edge.passed()
        let said = report.text.isEmpty ? "no reason was given" : report.text
        func error(_ code: PortError.Code, _ detail: String) -> PortError {
            PortError(code, operation: request.operation, detail: detail, status: answer.status)
        }

        switch (answer.status, report.title) {
        case (401, _):
            let detail = "Mailchimp refuses the credential (\(said)); check the API key and its data centre, or connect"
            self.init(error(.needsAuthorisation, detail + " the account again"), .never)
        case (403, "Wrong Datacenter"):
            self.init(error(.needsAuthorisation, "\(said) Give the API address of the key's own data centre"), .never)
        case (403, "User Disabled"):
            let detail = "\(said) The user of the key is disabled at Mailchimp; use a key of another user"
            self.init(error(.forbidden, detail), .never)
        case (403, _):
            let detail = "\(said) The role of the key's user may be too small, or the account is under review"
            self.init(error(.forbidden, detail), .never)
        case (404, _), (410, _):
            self.init(error(.notFound, said), .never)
        case (400, "Member Exists"):
            self.init(error(.conflict(existing: nil), said), .never)
        case (426, _):
            self.init(error(.forbidden, "the API is reached by https:// only; check the API address"), .never)
        case (429, _):
            // The service says the same of ten calls in flight and of a queue that is full; the pause tells them apart.
            let detail =
                request.queuesActivity ? "too many calls at a time, or 500 batches wait" : "too many calls at a time"
            let code: PortError.Code =
                request.queuesActivity ? .queueFull : .throttled(retryAfterSeconds: answer.retryAfterSeconds)
            self.init(error(code, detail), .afterThrottling(seconds: answer.retryAfterSeconds))
        case (500..., _) where request.isRead:
            self.init(error(.unavailable, said), .reads)
        case (500..., _):
            self.init(error(.unknownOutcome, "\(said); whether the change was made is not known"), .never)
        case (300..<400, _):
            self.init(error(.unreadableAnswer, "the service sends the call elsewhere; check the API address"), .never)
        default:
            self.init(error(.refused, RefusalText.words(for: report)), .never)
        }
        instance = report.instance
    }

    /// A refusal without a problem document: the network in front of the service wants fewer calls, or none at all.
    private init(refusedByTheEdge answer: ServiceAnswer, _ request: ServiceRequest, inARow count: Int) {
        if count >= EdgeRefusals.block {
            let detail =
                "\(count) calls in a row were refused before they reached Mailchimp: the address of this machine is"
                + " probably blocked there; wait an hour, then ask Mailchimp's support to lift the block"
            self.init(
                PortError(.forbidden, operation: request.operation, detail: detail, status: answer.status),
                .never
            )
        } else {
            let code = PortError.Code.throttled(retryAfterSeconds: answer.retryAfterSeconds)
            let detail = "the network in front of Mailchimp refuses the call: too many calls"
            self.init(
                PortError(code, operation: request.operation, detail: detail, status: answer.status),
                .afterThrottling(seconds: answer.retryAfterSeconds)
            )
        }
    }
}

extension CallResult {
    /// What an answer means for pace and budget.
    init(_ answer: ServiceAnswer) {
        switch answer.status {
        case 429:
            self = .throttled(retryAfterSeconds: answer.retryAfterSeconds)
        case 403 where !ProblemReport(answer).isPresent:
            self = .throttled(retryAfterSeconds: answer.retryAfterSeconds)
        case 500...:
            self = .failed
        default:
            self = .answered
        }
    }
}
