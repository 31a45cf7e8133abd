import AsyncHTTPClient
import Bridge
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Reconciliation

/// Carries calls to the service in API-key mode: pace, time-outs, redirects, repeats of reads, and errors.
///
/// Every HTTP request, hops of a redirect and repeats included, asks the gate before and reports to it after.
struct WorkbooksTransport: Sendable {
    /// More than a page of a hundred fully selected rows takes.
    static let largestAnswer = 32 * 1024 * 1024
    /// The word `gzip` in it makes the service compress; its first word becomes `created_through` (workbooks.md §8, §1).
    static let userAgent = "WorkbooksBridge/1.0 (gzip)"

    let address: WorkbooksAddress
    let apiKey: String
    let http: HTTPClient
    let gate: any CallGate
    let clock: any WallClock
    let configuration: WorkbooksConfiguration
    let logger: Logger

    /// Makes a call and reads its answer.
    ///
    /// Reads are repeated after failures that pass by themselves.
    ///
    /// - Parameter decode: reads the body of a 200; what it throws counts as an unreadable answer.
    func perform<Value: Sendable>(
        _ call: WorkbooksCall,
        decode: (ByteBuffer) throws -> Value
    ) async throws -> Value {
        let attempts = call.kind == .write ? 1 : max(1, configuration.readAttempts)
        var attempt = 1
        while true {
            do {
                return try await attemptOnce(call, decode: decode)
            } catch let failure as CallFailure {
                guard failure.mayRepeatAtOnce, attempt < attempts else { throw failure.error }
                logger.debug(
                    "Call to Workbooks failed, repeating it",
                    metadata: ["call.operation": "\(call.operation)", "call.attempt": "\(attempt)"]
                )
            }
            try await pause(after: attempt)
            attempt += 1
        }
    }

    private func attemptOnce<Value: Sendable>(
        _ call: WorkbooksCall,
        decode: (ByteBuffer) throws -> Value
    ) async throws -> Value {
        let answer: Answer
        do {
            answer = try await exchange(call)
        } catch let failure as TransportFailure {
            throw CallFailure(error: failure.portError(for: call), mayRepeatAtOnce: failure.mayRepeatAtOnce)
        }
        if let failure = CallFailure(answer, to: call, hiding: apiKey) { throw failure }
        do {
            return try decode(answer.body)
        } catch let error as DecodingError {
            logger.debug("Unreadable answer of Workbooks", metadata: ["call.error": "\(error)"])
            throw CallFailure(unreadable: answer, to: call, because: error)
        } catch let error as PortError {
            throw CallFailure(error: error, mayRepeatAtOnce: false)
        }
    }

    /// Sends the request and follows the service's delaying URLs to the last answer (workbooks.md §7).
    ///
    /// - Throws: `TransportFailure`, what the gate throws, or `CancellationError`.
    private func exchange(_ call: WorkbooksCall) async throws -> Answer {
        let url = address.endpoint(call.endpoint) + "?_dc=\(clock.now.milliseconds)"
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = headers
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(body(of: call))
        let answer = try await send(request, timeout: configuration.requestTimeout)
        return answer.status == 302 ? try await follow(answer, from: url) : answer
    }

    /// Waits on delaying URLs until there is an answer: by hand, because a redirected POST would lose its body.
    private func follow(_ first: Answer, from origin: String) async throws -> Answer {
        let began = clock.now
        let budget = configuration.delayBudget.wholeMilliseconds
        var cookies = CookieJar()
        var answer = first
        var url = origin
        var hops = 0
        while answer.status == 302 {
            let spent = clock.now.milliseconds - began.milliseconds
            guard hops < Self.mostHops, spent < budget else { throw TransportFailure.delayedTooLong }
            guard let location = answer.headers.first(name: "location") else {
                throw TransportFailure.strayRedirect("without saying where")
            }
            guard let target = address.redirect(to: location, from: url) else {
                throw TransportFailure.strayRedirect("to another host or protocol")
            }
            guard !address.isLoginPage(target) else { throw TransportFailure.loginPage(early: hops == 0) }
            cookies.keep(answer.headers)
            var request = HTTPClientRequest(url: target)
            request.headers = headers
            if let cookie = cookies.header { request.headers.add(name: "Cookie", value: cookie) }
            url = target
            hops += 1
            answer = try await send(request, timeout: .milliseconds(budget - max(0, spent)))
        }
        answer.delays = hops
        return answer
    }

    /// One HTTP request, through the gate.
    private func send(_ request: HTTPClientRequest, timeout: Duration) async throws -> Answer {
        try await gate.admit()
        do {
            let response = try await http.execute(request, timeout: TimeAmount(timeout))
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            let answer = Answer(status: Int(response.status.code), headers: response.headers, body: body)
            await gate.finished(result(of: answer, to: request.url))
            logger.debug(
                "Workbooks answered",
                metadata: ["http.status": "\(answer.status)", "http.bytes": "\(body.readableBytes)"]
            )
            return answer
        } catch {
            await gate.finished(.failed)
            if Task.isCancelled { throw CancellationError() }
            throw TransportFailure(error)
        }
    }

    private func result(of answer: Answer, to url: String) -> CallResult {
        switch answer.status {
        case 302:
            let target = answer.headers.first(name: "location").flatMap { address.redirect(to: $0, from: url) }
            return target.map(address.isLoginPage) == false ? .throttled(retryAfterSeconds: nil) : .failed
        case 429: return .throttled(retryAfterSeconds: answer.retryAfterSeconds)
        case 403, 500...599: return .failed
        default: return .answered
        }
    }

    private func pause(after attempt: Int) async throws {
        let longest = configuration.readPause.wholeMilliseconds << min(attempt - 1, 6)
        try await clock.sleep(milliseconds: Int64(Double(longest) * configuration.jitter()))
    }

    private var headers: HTTPHeaders {
        ["User-Agent": Self.userAgent, "Accept": "application/json", "Accept-Encoding": "gzip"]
    }

    private func body(of call: WorkbooksCall) -> ByteBuffer {
        var body = FormBody()
        switch call.kind {
        case .read: body.add("_method", "GET")
        case .write: body.add("_method", "PUT")
        case .login: break
        }
        body.add("client", "api")
        body.add("api_version", "1")
        body.add("api_key", apiKey)
        body.add(call.parameters)
        return body.buffer
    }

    private static let mostHops = 10
}

extension Duration {
    /// Whole milliseconds, cut off.
    var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
