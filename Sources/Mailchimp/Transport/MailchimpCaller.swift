import AsyncHTTPClient
import Bridge
import HTTPCalls
import Logging
import NIOCore
import NIOHTTP1
import Reconciliation
import Synchronization

/// Makes calls of the API, repeats what may be repeated, and turns what went wrong into `PortError`.
struct MailchimpCaller: Sendable {
    let base: ServiceAddress
    let secret: String
    let transport: Transport
    let clock: any WallClock
    let backoff: Backoff
    let slots: UserSlots
    let logger: Logger
    private let edge = EdgeRefusals()

    init(
        base: ServiceAddress,
        secret: String,
        transport: Transport,
        clock: any WallClock,
        backoff: Backoff,
        slots: UserSlots,
        logger: Logger
    ) {
        self.base = base
        self.secret = secret
        self.transport = transport
        self.clock = clock
        self.backoff = backoff
        self.slots = slots
        self.logger = logger
    }

    /// Makes a read of a path below the base.
    func read(_ operation: String, _ path: String, _ query: [(String, String)] = []) -> ServiceRequest {
        ServiceRequest(operation: operation, method: .GET, url: url(path, query))
    }

    /// Makes a change at a path below the base.
    func write(
        _ operation: String,
        _ method: HTTPMethod,
        _ path: String,
        _ query: [(String, String)] = [],
        queuesActivity: Bool = false,
        _ body: (inout JSONWriter) -> Void
    ) -> ServiceRequest {
        var writer = JSONWriter()
        body(&writer)
        return ServiceRequest(
            operation: operation,
            method: method,
            url: url(path, query),
            body: writer.buffer,
            queuesActivity: queuesActivity
        )
    }

    /// Makes a deletion of what is at a path below the base.
    func delete(_ operation: String, _ path: String) -> ServiceRequest {
        ServiceRequest(operation: operation, method: .DELETE, url: url(path, []))
    }

    /// Makes a call and reads its answer.
    ///
    /// Reads are repeated a few times whatever happened to them; changes only when they certainly had no effect. A
    /// change whose answer was lost, or cannot be read, is `unknownOutcome`.
    func call<Value>(
        _ request: ServiceRequest,
        reading: (ServiceAnswer) throws -> Value
    ) async throws -> Value {
        var repetition = 0
        while true {
            let failure: CallFailure
            let outcome = try await exchange(request)
            if case .answered(let answer) = outcome, answer.isSuccess {
                edge.passed()
                do {
                    return try reading(answer)
                } catch let error as JSONReader.Malformed {
                    failure = .unreadable(answer, request, at: error.offset)
                }
            } else {
                failure = CallFailure(outcome, request, edge: edge)
            }
            log(failure, outcome, repetition)
            guard let pause = failure.pause(repetition, isRead: request.isRead, backoff) else { throw failure.error }
            repetition += 1
            try await clock.sleep(milliseconds: pause)
        }
    }

    /// Makes a call that has a slot of the user's while it is under way.
    private func exchange(_ request: ServiceRequest) async throws -> Transport.Outcome {
        let takenAt = TakenSlot()
        do {
            let outcome = try await transport.send(prepared(request), body: request.body) {
                takenAt.note(try await slots.take(clock))
            }
            if case .lost = outcome {
                takenAt.giveBack(to: slots, .givenUp)
            } else {
                takenAt.giveBack(to: slots, .answered)
            }
            return outcome
        } catch {
            takenAt.giveBack(to: slots, .givenUp)
            throw error
        }
    }

    private func url(_ path: String, _ query: [(String, String)]) -> String {
        base.appending(query.isEmpty ? path : path + "?" + PercentEncoding.encode(query))
    }

    private func prepared(_ request: ServiceRequest) -> HTTPClientRequest {
        var prepared = HTTPClientRequest(url: request.url)
        prepared.method = request.method
        prepared.headers.add(name: "Authorization", value: "Bearer \(secret)")
        prepared.headers.add(name: "Accept", value: "application/json")
        if request.body != nil { prepared.headers.add(name: "Content-Type", value: "application/json") }
        return prepared
    }

    /// The two names of an occurrence are what the service's support asks for (mailchimp.md §3).
    private func log(_ failure: CallFailure, _ outcome: Transport.Outcome, _ repetition: Int) {
        var metadata: Logger.Metadata = [
            "operation": "\(failure.error.operation)", "repetition": "\(repetition)",
            "reason": "\(failure.error.detail)", "instance": "\(failure.instance)",
        ]
        if case .answered(let answer) = outcome, let id = answer.headers.first(name: "X-Request-Id") {
            metadata["request_id"] = "\(id)"
        }
        logger.debug("a call failed", metadata: metadata)
    }
}

/// When a call took its slot, known from then on.
private final class TakenSlot: Sendable {
    private let moment = Mutex<Timestamp?>(nil)

    func note(_ taken: Timestamp) { moment.withLock { $0 = taken } }

    /// Gives the slot back where one was taken.
    func giveBack(to slots: UserSlots, _ ending: UserSlots.Ending) {
        guard let taken = moment.withLock({ $0 }) else { return }
        slots.giveBack(takenAt: taken, ending)
    }
}
