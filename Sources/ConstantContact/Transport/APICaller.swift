import AsyncHTTPClient
import Bridge
import HTTPCalls
import Logging
import NIOCore
import NIOHTTP1
import Reconciliation

/// Makes calls of the API with a token, repeats what may be repeated, and turns what went wrong into `PortError`.
struct APICaller: Sendable {
    let base: ServiceAddress
    let transport: Transport
    let tokens: TokenKeeper
    let clock: any WallClock
    let backoff: Backoff
    let logger: Logger

    /// Makes a read of a path below the base.
    func read(_ operation: String, _ path: String, _ query: [(String, String)] = []) -> ServiceRequest {
        let suffix = query.isEmpty ? path : path + "?" + PercentEncoding.encode(query)
        return ServiceRequest(operation: operation, method: .GET, url: base.appending(suffix))
    }

    /// Makes a change at a path below the base.
    func write(
        _ operation: String,
        _ method: HTTPMethod,
        _ path: String,
        queuesActivity: Bool = false,
        _ body: (inout JSONWriter) -> Void
    ) -> ServiceRequest {
        var writer = JSONWriter()
        body(&writer)
        return ServiceRequest(
            operation: operation,
            method: method,
            url: base.appending(path),
            body: writer.buffer,
            queuesActivity: queuesActivity
        )
    }

    /// Makes a call and reads its answer.
    ///
    /// A 401 is answered by one renewal of the token and one repetition. Reads are repeated a few times whatever
    /// happened to them; changes only when they certainly had no effect. A change whose answer was lost, or cannot
    /// be read, is `unknownOutcome`.
    func call<Value>(
        _ request: ServiceRequest,
        reading: (ServiceAnswer) throws -> Value
    ) async throws -> Value {
        var token = try await tokens.current()
        var hasRenewed = false
        var repetition = 0
        while true {
            let failure: CallFailure
            let outcome = try await transport.send(prepared(request, token), body: request.body)
            if case .answered(let answer) = outcome, answer.isSuccess {
                do {
                    return try reading(answer)
                } catch let error as JSONReader.Malformed {
                    failure = .unreadable(answer, request, at: error.offset)
                }
            } else if case .answered(let answer) = outcome, answer.status == 401, !hasRenewed {
                hasRenewed = true
                token = try await tokens.replacement(for: token)
                continue
            } else {
                failure = CallFailure(outcome, request, now: clock.now)
            }

            guard let pause = failure.pause(repetition, isRead: request.isRead, backoff) else { throw failure.error }
            repetition += 1
            logger.debug(
                "repeating a call",
                metadata: [
                    "operation": "\(request.operation)", "repetition": "\(repetition)", "pause": "\(pause) ms",
                    "reason": "\(failure.error.detail)",
                ]
            )
            try await clock.sleep(milliseconds: pause)
            token = try await tokens.current()
        }
    }

    private func prepared(_ request: ServiceRequest, _ token: TokenSet) -> HTTPClientRequest {
        var prepared = HTTPClientRequest(url: request.url)
        prepared.method = request.method
        prepared.headers.add(name: "Authorization", value: "Bearer \(token.accessToken ?? "")")
        prepared.headers.add(name: "Accept", value: "application/json")
        if request.body != nil { prepared.headers.add(name: "Content-Type", value: "application/json") }
        return prepared
    }
}
