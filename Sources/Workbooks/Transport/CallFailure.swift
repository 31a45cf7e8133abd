import Bridge
import Foundation
import NIOCore
import NIOHTTP1

/// A call that did not give what was asked for: what the engine is told, and whether a read may be made again.
struct CallFailure: Error {
    var error: PortError
    var mayRepeatAtOnce: Bool

    init(error: PortError, mayRepeatAtOnce: Bool) {
        self.error = error
        self.mayRepeatAtOnce = mayRepeatAtOnce
    }

    /// Judges an answer by its status (workbooks.md §1); nil for a 200, whose body decides.
    ///
    /// A write that was sent over a delaying URL has been stored by the service: whatever is answered there then,
    /// its outcome is unknown.
    init?(_ answer: Answer, to call: WorkbooksCall, hiding secret: String) {
        guard answer.status != 200 else { return nil }
        let isStoredWrite = call.kind == .write && answer.delays > 0
        let said = SaidByService(answer.body, hiding: secret)
        var failure = Self.judge(answer, said, mayHaveTakenEffect: call.kind == .write)
        if isStoredWrite {
            failure = (.unknownOutcome, "the delaying URL lost the request: \(said.text)", false)
        } else if answer.delays > 0, answer.status == 404 {
            failure = (.unavailable, "the delaying URL lost the request", true)
        }
        self.init(
            error: PortError(failure.code, operation: call.operation, detail: failure.detail, status: answer.status),
            mayRepeatAtOnce: failure.mayRepeat
        )
    }

    /// A 200 whose body cannot be read.
    init(unreadable answer: Answer, to call: WorkbooksCall, because reason: DecodingError) {
        let code: PortError.Code = call.kind == .write ? .unknownOutcome : .unreadableAnswer
        let detail = answer.looksLikePage ? answer.shape : reason.column.map { "rows whose \($0)" } ?? answer.shape
        self.init(
            error: PortError(code, operation: call.operation, detail: "Workbooks answered with \(detail)", status: 200),
            mayRepeatAtOnce: true
        )
    }

    private static func judge(
        _ answer: Answer,
        _ said: SaidByService,
        mayHaveTakenEffect: Bool
    ) -> (code: PortError.Code, detail: String, mayRepeat: Bool) {
        switch answer.status {
        case 401, 403:
            let reason = FailureReason(reason: said.reason, message: said.message, status: answer.status)
            return (reason.code, reason.detail, reason.mayRepeatAtOnce)
        case 404:
            return (.notFound, "Workbooks has no such resource, or the key's user may not see it: \(said.text)", false)
        case 405, 406, 501:
            return (.refused, "Workbooks does not accept the request: \(said.text)", false)
        case 429:
            return (.throttled(retryAfterSeconds: answer.retryAfterSeconds), "Workbooks asks for a slower pace", false)
        case 400..<500:
            return (.refused, "Workbooks does not accept the request: \(said.text)", false)
        default:
            let code: PortError.Code = mayHaveTakenEffect ? .unknownOutcome : .unavailable
            return (code, "Workbooks failed: \(said.text)", true)
        }
    }
}

extension Answer {
    /// The pause that the service asks for.
    var retryAfterSeconds: Int? { headers.first(name: "retry-after").flatMap { Int($0) } }
}

extension DecodingError {
    /// The name of the column that could not be read and why, when it is a column and not the whole answer.
    fileprivate var column: String? {
        switch self {
        case .dataCorrupted(let context):
            guard let key = context.codingPath.last as? ColumnKey else { return nil }
            return context.debugDescription.hasPrefix(key.stringValue) ? context.debugDescription : nil
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return (context.codingPath.last as? ColumnKey).map { "\($0.stringValue) has another type" }
        default: return nil
        }
    }
}
